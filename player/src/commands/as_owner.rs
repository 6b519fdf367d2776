//! What root types goes on as the user to whom the state folder belongs: a file that root left
//! there could not be read by the service, and a card that opens for root may not open for it.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

/// Starts this command once more as the owner of `folder`, unless it is that already. Comes back
/// only when there is nothing to be done.
///
/// # Errors
/// The system does not let it.
pub(super) fn go_on_as_owner(folder: &Path) -> anyhow::Result<()> {
    let Ok(found) = folder.metadata() else {
        return Ok(());
    };
    if !rustix::process::geteuid().is_root() || found.uid() == 0 {
        return Ok(());
    }
    let program = std::env::current_exe().context("find this program")?;
    let mut again = Command::new("setpriv");
    again.arg(format!("--reuid={}", found.uid()));
    again.arg(format!("--regid={}", found.gid()));
    again.args(["--init-groups", "--"]).arg(program);
    again.args(std::env::args_os().skip(1));
    let failed = again.exec();
    Err(failed).with_context(|| format!("go on as the user to whom {} belongs", folder.display()))
}
