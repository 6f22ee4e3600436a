//! The gate from outside: real sockets, real certificates, clients both honest and hostile.

mod certificates;
mod client;
mod down;
mod hostile;
mod identity;
mod load;
mod noise;
mod town;
mod uploads;

use std::future::Future;
use std::time::Duration;

/// Waits for something that must come, and says so if it does not.
async fn within<T>(what: &str, wait: impl Future<Output = T>) -> T {
    match tokio::time::timeout(Duration::from_secs(30), wait).await {
        Ok(came) => came,
        Err(_) => panic!("waited in vain for: {what}"),
    }
}
