import java.io.File;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;

/** One name node and one data node in a directory; says its WebHDFS port and runs until killed. */
public class MiniHdfs {
    public static void main(String[] arguments) throws Exception {
        Configuration configuration = new Configuration();
        configuration.set("dfs.namenode.http-address", "127.0.0.1:0");
        MiniDFSCluster cluster =
            new MiniDFSCluster.Builder(configuration, new File(arguments[0])).numDataNodes(1).build();
        cluster.waitActive();
        System.out.println("WebHDFS on port " + cluster.getNameNode().getHttpAddress().getPort());
        Thread.currentThread().join();
    }
}
