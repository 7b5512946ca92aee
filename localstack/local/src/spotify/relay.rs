//! A way to the stand-in from containers. The stand-in listens on 127.0.0.1 only, which in a container is the container
//! itself; the relay answers on another address of this machine and passes every connection on.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, Result};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A running relay; it ends when it is dropped.
#[derive(Debug)]
pub(super) struct Relay {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Relay {
    /// Passes connections to a free port of `address` on to `target`.
    pub(super) async fn start(address: IpAddr, target: &str) -> Result<Self> {
        let listener = TcpListener::bind((address, 0)).await.with_context(|| {
            format!(
                "the stand-in cannot answer on {address}; name an address of this machine with --fake-address"
            )
        })?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(pass_on(listener, target.to_owned()));
        Ok(Self { address, task })
    }

    /// Where it answers.
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
            // A side that hangs up ends the connection, which is all there is to do about it.
            if let Ok(mut far) = TcpStream::connect(&target).await {
                let _ = copy_bidirectional(&mut near, &mut far).await;
            }
        });
    }
}
