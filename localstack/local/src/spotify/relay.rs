//! Makes the stand-in reachable from containers. The stand-in listens only on 127.0.0.1, which inside a
//! container is the container itself; the relay listens on another address of this machine and forwards every
//! connection.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use anyhow::{Context, Result};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::sleep,
};

/// Pause after a connection that could not be accepted, as when this process has too many files open.
const PAUSE: Duration = Duration::from_millis(50);

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

/// Where connections come from.
trait Source: Send {
    /// Waits for the next one.
    fn next(&mut self) -> impl Future<Output = io::Result<TcpStream>> + Send;
}

impl Source for TcpListener {
    async fn next(&mut self) -> io::Result<TcpStream> {
        Ok(self.accept().await?.0)
    }
}

/// Forwards what comes, until the task is aborted.
async fn pass_on(mut source: impl Source, target: String) {
    loop {
        let Ok(mut near) = source.next().await else {
            sleep(PAUSE).await;
            continue;
        };
        let target = target.clone();
        tokio::spawn(async move {
            // A side that hangs up ends the connection; there is nothing else to do.
            if let Ok(mut far) = TcpStream::connect(&target).await {
                let _ = copy_bidirectional(&mut near, &mut far).await;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        time::timeout,
    };

    use super::*;

    /// Fails once.
    struct Failing {
        first: Option<io::Error>,
        then: TcpListener,
    }

    impl Source for Failing {
        async fn next(&mut self) -> io::Result<TcpStream> {
            match self.first.take() {
                Some(failure) => Err(failure),
                None => self.then.next().await,
            }
        }
    }

    #[tokio::test]
    async fn a_connection_that_cannot_be_accepted_stops_no_other() {
        let here = async || TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (relay, target) = (here().await, here().await);
        let (address, behind) = (relay.local_addr().unwrap(), target.local_addr().unwrap().to_string());
        let source = Failing { first: Some(io::Error::other("too many open files")), then: relay };
        let talk = async {
            TcpStream::connect(address).await.unwrap().write_all(b"hello").await.unwrap();
            let mut heard = String::new();
            target.accept().await.unwrap().0.read_to_string(&mut heard).await.unwrap();
            heard
        };
        let heard = async {
            tokio::select! {
                () = pass_on(source, behind) => None,
                heard = talk => Some(heard),
            }
        };
        let heard = timeout(Duration::from_secs(10), heard).await;
        assert_eq!(heard.ok().flatten().as_deref(), Some("hello"));
    }
}
