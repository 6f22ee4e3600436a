//! What an outside broker costs: processor time a message, memory a connected node. The hub's work is left out; one
//! listener takes everything, as a hub would.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use protocol::topic;
use rumqttc::{AsyncClient, Event, EventLoop, Incoming, MqttOptions, QoS, TlsConfiguration, Transport};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio::task::JoinSet;

use super::Row;
use super::village::{Sender, Village};
use crate::harness::{BrokerMake, BrokerPlace, Keeper};

const NODES: usize = 60;
const MESSAGES: usize = 300;
/// A sealed visit and then some.
const PAYLOAD: usize = 1024;
const PATIENCE: Duration = Duration::from_secs(60);
/// Clock ticks a second, as Linux counts them for everybody.
const TICKS: f64 = 100.0;

pub(super) async fn run() -> anyhow::Result<Vec<Row>> {
    let village = Village::begin(NODES).await?;
    let senders = (0..NODES).map(|nth| village.sender(nth)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut rows = Vec::new();
    for make in [BrokerMake::Mosquitto, BrokerMake::Nats] {
        rows.extend(through(&village, &senders, make).await?);
    }
    village.end().await?;
    Ok(rows)
}

fn measures(make: BrokerMake) -> [&'static str; 2] {
    match make {
        BrokerMake::Mosquitto => ["messages a CPU second, mosquitto", "memory a node, mosquitto"],
        BrokerMake::Nats => ["messages a CPU second, nats-server", "memory a node, nats-server"],
    }
}

async fn through(village: &Village, senders: &[Sender], make: BrokerMake) -> anyhow::Result<Vec<Row>> {
    let keeper = Keeper::start()?;
    let place = BrokerPlace::settle(make, village.dir.path())?;
    place.wipe()?;
    let broker = place.start(&keeper).await?;
    broker.admit(&village.place)?;
    let ca = village.dir.path().join("ca");
    let read = |name: &str| std::fs::read_to_string(ca.join(name));
    let hub = tls(&read("authority.crt")?, &read("hub/hub.crt")?, &read("hub/hub.key")?)?;
    let mut hub = connect("hub", place.outside().hubs.port(), hub, &[topic::ALL_UP]).await?;
    let before = resident_kb(broker.pid())?;
    let mut nodes = Vec::with_capacity(senders.len());
    for sender in senders {
        let bundle = &sender.bundle;
        let tls = tls(&bundle.authority_pem, &bundle.certificate_pem, &sender.key_pem)?;
        let (node, down) = (bundle.node, topic::down(bundle.node));
        let port = place.outside().address.port();
        nodes.push((topic::up(node), connect(&node.to_string(), port, tls, &[&down]).await?));
    }
    let each_kb = (resident_kb(broker.pid())? - before) / senders.len() as f64;
    let used = ticks(broker.pid())?;
    let mut sending = JoinSet::new();
    for (up, (client, events)) in nodes {
        sending.spawn(send_all(up, client, events));
    }
    hear(&mut hub.1, NODES * MESSAGES).await?;
    while let Some(sent) = sending.join_next().await {
        sent??;
    }
    let seconds = (ticks(broker.pid())? - used) / TICKS;
    let peak = resident_kb(broker.pid())? / 1024.0;
    broker.stop().await?;
    let a_second = (NODES * MESSAGES) as f64 / seconds.max(1.0 / TICKS);
    let [speed, memory] = measures(make);
    let note = format!("{NODES} nodes × {MESSAGES} × {PAYLOAD} B, QoS 1 both ways; {peak:.0} MB afterwards");
    Ok(vec![
        Row::at_least("brokers", speed, a_second, "/s", 5000.0).noting(note),
        Row::at_most("brokers", memory, each_kb, "kB", 250.0),
    ])
}

type Line = (AsyncClient, EventLoop);

async fn connect(id: &str, port: u16, tls: Arc<ClientConfig>, filters: &[&str]) -> anyhow::Result<Line> {
    let mut options = MqttOptions::new(id, "localhost", port);
    options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(tls)));
    let (client, mut events) = AsyncClient::new(options, 64);
    for filter in filters {
        client.subscribe(*filter, QoS::AtLeastOnce).await?;
    }
    let subscribed = async {
        // A broker that was just told of the nodes may need a moment to read the list.
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Incoming::SubAck(_))) => return,
                Ok(_) => {}
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    tokio::time::timeout(PATIENCE, subscribed).await.with_context(|| format!("{id} is not let in"))?;
    Ok((client, events))
}

async fn send_all(up: String, client: AsyncClient, mut events: EventLoop) -> anyhow::Result<()> {
    let saying = tokio::spawn(async move {
        for _ in 0..MESSAGES {
            client.publish(&up, QoS::AtLeastOnce, false, vec![7; PAYLOAD]).await?;
        }
        anyhow::Ok(client)
    });
    let mut confirmed = 0;
    while confirmed < MESSAGES {
        if let Event::Incoming(Incoming::PubAck(_)) = tokio::time::timeout(PATIENCE, events.poll()).await?? {
            confirmed += 1;
        }
    }
    saying.await?.map(drop)
}

async fn hear(events: &mut EventLoop, count: usize) -> anyhow::Result<()> {
    let mut heard = 0;
    let all = async {
        while heard < count {
            heard += usize::from(matches!(events.poll().await?, Event::Incoming(Incoming::Publish(_))));
        }
        anyhow::Ok(())
    };
    let ended = tokio::time::timeout(PATIENCE, all).await;
    ended.map_err(|_| anyhow!("the listener heard {heard} of {count}"))?
}

fn tls(authority: &str, certificate: &str, key: &str) -> anyhow::Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes())?)?;
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes())?];
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(key.as_bytes())?)?;
    Ok(Arc::new(config))
}

fn resident_kb(pid: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

fn ticks(pid: u32) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<&str> = stat.rsplit_once(')').context("no name")?.1.split_whitespace().collect();
    let field =
        |nth: usize| fields.get(nth).context("a field is missing")?.parse::<f64>().context("no number");
    Ok(field(11)? + field(12)?)
}
