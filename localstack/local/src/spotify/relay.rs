//! Makes the stand-in reachable from containers. The stand-in listens only on 127.0.0.1, which inside a
//! container is the container itself; the relay listens on another address of this machine and forwards every
//! connection.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, Result};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A running relay; dropping it stops it.
#[derive(Debug)]
pub(super) struct Relay {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Relay {
    /// Forwards connections to a free port of `address` on to `target`.
    pub(super) async fn start(address: IpAddr, target: &str) -> Result<Self> {
        let listener = TcpListener::bind((address, 0)).await.with_context(|| {
            format!(
                "the stand-in cannot listen on {address}; set --fake-address to an address of this machine"
            )
        })?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(pass_on(listener, target.to_owned()));
        Ok(Self { address, task })
    }

    /// The address it listens on.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass_on(listener: TcpListener, target: String) {
    while let Ok((mut near, _)) = listener.accept().await {
        let target = target.clone();
        tokio::spawn(async move {
            // A side that hangs up ends the connection; there is nothing else to do.
            if let Ok(mut far) = TcpStream::connect(&target).await {
                let _ = copy_bidirectional(&mut near, &mut far).await;
            }
        });
    }
}
