//! `cargo local seed`: what the schedules would send, now.

use std::io::{Write, stdout};

use anyhow::{Context, Result};

use crate::{stack, state::Left, template::Template, workspace::Workspace};

pub(super) async fn execute(workspace: &Workspace) -> Result<()> {
    let left = Left::require(workspace).await?;
    let template = Template::read(&workspace.template())?;
    let now = jiff::Timestamp::now().round(jiff::Unit::Second)?.to_string();
    let clients = left.clients();
    for job in ["collect", "top-up"] {
        stack::invoke(&clients, &left.deployment.seeder, &template.schedule_event(job, &now)?).await?;
    }
    let run = left.observer().run().await?.context("the seeder has opened no run")?;
    writeln!(stdout(), "run {} is {}; `cargo local status` shows how far it is", run.id, run.state)?;
    Ok(())
}
