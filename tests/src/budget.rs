//! What benches hold against the budgets of the design.

/// Says beside a figure whether it is within its budget.
pub fn judge(what: &str, found: f64, at_most: f64) {
    let verdict = if found <= at_most { "met" } else { "NOT MET" };
    println!("      {what}: {found:.2}, goal ≤ {at_most}: {verdict}");
}

/// A process's share of memory (PSS, proc(5)), in megabytes.
pub fn memory_mb(process: u32) -> f64 {
    let said = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup"));
    let said = said.expect("the process runs");
    let pss = said.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kilobytes = pss.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.expect("a size") * 1_024.0 / 1e6
}
