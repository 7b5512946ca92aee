//! `fermata dashboard`: serves the page that shows how a deployed Fermata stands.

use anyhow::Result;

use crate::{
    cli::DashboardArgs,
    dashboard::Dashboard,
    place::Place,
    terminal::{print, steps::Steps},
};

pub(super) async fn execute(args: &DashboardArgs, steps: &Steps) -> Result<()> {
    let step = steps.begin("Looking for the deployment", "a second or two");
    let place = Place::find(&args.place).await?;
    let dashboard = Dashboard::start(&place.clients, &place.deployment, args.port).await?;
    drop(step);
    print(dashboard.url())?;
    steps.say(&format!("Serving the dashboard of {}. Press Ctrl-C to stop.", place.name));
    dashboard.serve().await
}
