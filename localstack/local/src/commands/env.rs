//! `fermata env`: lets the AWS CLI, SDKs and cargo-lambda use the local stack, and runs a function by hand
//! with the variables that it was deployed with.

use std::collections::BTreeMap;

use anyhow::Result;
use fake_spotify::CONTROL_KEY;

use crate::{
    deploy::STACK,
    functions,
    python::{Environment, Requirements},
    state::Left,
    terminal::print,
    workspace::Workspace,
};

/// Belongs to the operator's account: tools would send or ask for it instead of what the stack knows.
const NOT_FOR_IT: [&str; 3] = ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"];

pub(super) async fn execute(workspace: &Workspace, function: Option<&str>) -> Result<()> {
    let left = Left::require(workspace).await?;
    let mut variables = match function {
        Some(function) => functions::variables(&left.clients(), &format!("{STACK}-{function}")).await?,
        None => BTreeMap::new(),
    };
    variables.extend(left.access.variables().map(|(name, value)| (name.to_owned(), value.to_owned())));
    if let Some(controls) = &left.fake {
        variables.insert("FAKE_SPOTIFY_URL".to_owned(), controls.url.clone());
        variables.insert(CONTROL_KEY.to_owned(), controls.key.expose().to_owned());
    }
    let programs = Environment::find(workspace, Requirements::Run).programs();
    print(&script(&variables, &programs.display().to_string()))
}

/// The lines that a shell evaluates. cargo-lambda comes last on the search path, after one that the user has
/// installed.
fn script(variables: &BTreeMap<String, String>, programs: &str) -> String {
    let exports = variables.iter().map(|(name, value)| format!("export {name}={}\n", quoted(value)));
    let path = format!("export PATH=\"$PATH\":{}\n", quoted(programs));
    exports.chain([path, format!("unset {}", NOT_FOR_IT.join(" "))]).collect()
}

/// One word of a shell, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_shell_reads_the_values_as_they_are() {
        let values = ["plain", "", "two words", "it's", "$HOME `id` \\ \"!\"", "{\"a\": 1}"];
        for value in values {
            let variables = BTreeMap::from([("VALUE".to_owned(), value.to_owned())]);
            let text = format!("{}\nprintf %s \"$VALUE\"", script(&variables, "/programs"));
            let output = Command::new("sh").arg("-c").arg(text).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stdout), value);
        }
    }

    #[test]
    fn what_is_for_the_operators_account_is_gone_and_own_programs_come_first() {
        let text = format!(
            "{}\nprintf '%s %s %s' \"$AWS_PROFILE\" \"$AWS_SESSION_TOKEN\" \"$PATH\"",
            script(&BTreeMap::new(), "/the clone's/programs")
        );
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(text).env("PATH", "/usr/bin:/bin");
        shell.envs([("AWS_PROFILE", "own"), ("AWS_SESSION_TOKEN", "own")]);
        let output = shell.output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "  /usr/bin:/bin:/the clone's/programs");
    }
}
