//! Events of the seeder and the fetcher.

use collect::fetcher::Fetcher;
use collect::operator::Patience;
use collect::ports::Scheduling;
use seeder::event::Job;
use serde_json::Value;

use crate::messages::event_of;
use crate::world::{block_on, memory, open, sendable, settings};

/// A JSON text as Lambda would pass it to either function. Lambda's own client refuses anything but JSON.
pub fn events(data: &[u8]) {
    let Ok(event) = serde_json::from_slice::<Value>(data) else { return };
    if let Err(error) = Job::parse(&event) {
        crate::readable(&error.to_string());
    }
    block_on(async {
        let (ports, set, patience) = (memory(), settings(), Patience::default());
        let nothing = async { Ok(Vec::new()) };
        if let Err(error) = seeder::handler::handle(&ports, &set, &patience, nothing, &event).await {
            crate::readable(&error.to_string());
        }
        let ports = memory();
        open(&ports).await;
        match fetcher::event::handle(&ports, &mut Fetcher::new(settings()), event_of(event)).await {
            Ok(_) => ports.window().dead_letters().iter().for_each(sendable),
            Err(error) => crate::readable(&error.to_string()),
        }
    });
}
