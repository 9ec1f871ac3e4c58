//! What a run ran on.

use std::collections::BTreeMap;

/// Operating system, architecture, processor and cores.
pub fn record() -> BTreeMap<String, String> {
    let mut record = BTreeMap::new();
    let mut put = |key: &str, value: String| record.insert(key.to_owned(), value);
    put("system", std::env::consts::OS.to_owned());
    put("architecture", std::env::consts::ARCH.to_owned());
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    put("cores", cores.to_string());
    put("renderer", "CPU".to_owned());
    if let Ok(text) = std::fs::read_to_string("/proc/cpuinfo") {
        let mut lines = text.lines().filter_map(|line| line.split_once(':'));
        if let Some((_, name)) = lines.find(|(key, _)| key.trim() == "model name") {
            put("processor", name.trim().to_owned());
        }
    }
    record
}
