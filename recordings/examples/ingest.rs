//! `ingest IN OUT`: the whole of `recordings::ingest` as one process, which the benches time beside
//! other programs. Prints the report as JSON.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::PathBuf;

use recordings::ingest::{Settings, ingest};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut paths = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(input), Some(output), None) = (paths.next(), paths.next(), paths.next()) else {
        return Err("usage: ingest IN OUT".into());
    };
    let scratch = std::env::temp_dir();
    let go_on = |_| ControlFlow::Continue(());
    let source = File::open(input)?;
    let ingested = ingest(source, &Settings::default(), &scratch, &output, &go_on)?;
    println!("{}", serde_json::to_string_pretty(&ingested)?);
    Ok(())
}
