//! The files that Amazon's tools share: sections of `name = value`, one for each profile.

use std::collections::BTreeMap;

use super::Machine;

type Section = BTreeMap<String, String>;

/// All profiles, and the sections of services that they refer to.
#[derive(Default)]
pub struct Profiles {
    profiles: BTreeMap<String, Section>,
    services: BTreeMap<String, Section>,
}

impl Profiles {
    pub fn read(machine: Machine<'_>) -> Self {
        let text = |variable, usual: &str| {
            let path = machine.first(&[variable]).unwrap_or_else(|| usual.to_owned());
            (machine.file)(&path).unwrap_or_default()
        };
        let mut read = Self::default();
        for (title, section) in sections(&text("AWS_CONFIG_FILE", "~/.aws/config")) {
            match title.split_once(char::is_whitespace) {
                None if title == "default" => read.add(title, section),
                Some(("profile", name)) => read.add(name.trim(), section),
                Some(("services", name)) => {
                    read.services.entry(name.trim().to_owned()).or_default().extend(section);
                }
                _ => {}
            }
        }
        // What both files say, this one says.
        let credentials = text("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
        for (title, section) in sections(&credentials) {
            read.add(title, section);
        }
        read
    }

    fn add(&mut self, name: &str, section: Section) {
        let name = name.trim_matches(['"', '\'']).to_owned();
        self.profiles.entry(name).or_default().extend(section);
    }

    pub fn has(&self, profile: &str) -> bool {
        self.profiles.contains_key(profile)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    pub fn get(&self, profile: &str, key: &str) -> Option<String> {
        self.profiles.get(profile)?.get(key).cloned()
    }

    /// The address of S3, from the services of the profile or from itself.
    pub fn endpoint(&self, profile: &str) -> Option<String> {
        let of_s3 = || {
            let services = self.get(profile, "services")?;
            self.services.get(&services)?.get("s3.endpoint_url").cloned()
        };
        of_s3().or_else(|| self.get(profile, "endpoint_url"))
    }
}

/// Each title with what stands below it. What is indented belongs to the name above that has no
/// value of its own: `s3.endpoint_url`.
fn sections(text: &str) -> Vec<(&str, Section)> {
    let mut found: Vec<(&str, Section)> = Vec::new();
    let mut above = None;
    for line in text.lines() {
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        if let Some((title, _)) = content.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            found.push((title.trim(), Section::new()));
            above = None;
            continue;
        }
        let (Some((_, section)), Some((name, value))) = (found.last_mut(), content.split_once('='))
        else {
            continue;
        };
        let (name, value) = (name.trim().to_ascii_lowercase(), without_remark(value).trim());
        if !line.starts_with(char::is_whitespace) {
            above = value.is_empty().then(|| name.clone());
            section.insert(name, value.to_owned());
        } else if let Some(above) = &above {
            section.insert(format!("{above}.{name}"), value.to_owned());
        }
    }
    found
}

/// A remark stands after a blank: keys may have the characters that begin it.
fn without_remark(value: &str) -> &str {
    let end = [" #", " ;", "\t#", "\t;"].iter().filter_map(|mark| value.find(mark)).min();
    end.map_or(value, |end| &value[..end])
}
