//! Calls of the system that are refused, as an old kernel or a full disk refuses them.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// A call by its number; one that takes many requests, by one of its arguments too.
pub struct Refused {
    call: i64,
    argument: Option<(u32, u32)>,
}

impl Refused {
    pub fn all(call: i64) -> Self {
        Self { call, argument: None }
    }

    pub fn with(call: i64, argument: u32, value: u32) -> Self {
        Self { call, argument: Some((argument, value)) }
    }
}

fn filter(calls: &[Refused], errno: i32) -> Vec<libc::sock_filter> {
    let statement = |code: u32, jf: u8, k: u32| libc::sock_filter {
        code: u16::try_from(code).unwrap(),
        jt: 0,
        jf,
        k,
    };
    let load = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    let unless_equal = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    let answer = libc::BPF_RET | libc::BPF_K;
    let mut program = Vec::new();
    for Refused { call, argument } in calls {
        program.push(statement(load, 0, 0));
        let after = if argument.is_some() { 3 } else { 1 };
        program.push(statement(unless_equal, after, u32::try_from(*call).unwrap()));
        if let Some((argument, value)) = argument {
            // The lower half of it, as the machine is little-endian.
            program.push(statement(load, 0, 16 + 8 * argument));
            program.push(statement(unless_equal, 1, *value));
        }
        let errno = u32::try_from(errno).unwrap();
        program.push(statement(answer, 0, libc::SECCOMP_RET_ERRNO | errno));
    }
    program.push(statement(answer, 0, libc::SECCOMP_RET_ALLOW));
    program
}

/// Refuses calls from then on, to the thread and all that it begins, with an errno.
pub fn refuse(
    calls: &[Refused],
    errno: i32,
) -> impl Fn() -> io::Result<()> + Send + Sync + use<> + 'static {
    let program = filter(calls, errno);
    move || {
        let length = u16::try_from(program.len()).unwrap();
        let filter = libc::sock_fprog { len: length, filter: program.as_ptr().cast_mut() };
        // SAFETY: the program is valid and outlives the calls, which copy it.
        let done = unsafe {
            libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
                && libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const filter)
                    == 0
        };
        if done { Ok(()) } else { Err(io::Error::last_os_error()) }
    }
}

const PORTABLE: &str = "OPENDAL_FS_PORTABLE";

/// Whether this process has only what all Unix systems have; then no link is followed.
pub fn is_portable() -> bool {
    std::env::var_os(PORTABLE).is_some()
}

/// Runs all other tests of this file again, in a process that has no call which only Linux has,
/// so that the fallbacks for other systems are tested here.
pub fn again(but: &str) {
    // A process that is asked for one test of its own must not run all.
    if is_portable() {
        return;
    }
    let calls = [
        Refused::all(libc::SYS_openat2),
        Refused::all(libc::SYS_copy_file_range),
        // listxattrat
        Refused::all(465),
        Refused::with(libc::SYS_renameat2, 4, libc::RENAME_NOREPLACE),
        // FICLONE
        Refused::with(libc::SYS_ioctl, 1, 0x4004_9409),
    ];
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--skip", but]).env(PORTABLE, "1");
    // SAFETY: between fork and exec it makes two calls of the system.
    unsafe { command.pre_exec(refuse(&calls, libc::ENOSYS)) };
    assert!(command.status().unwrap().success());
}
