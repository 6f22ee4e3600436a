//! What the deployed settings let a node do at a broker, and what not: each pair of a node and a topic.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use protocol::{NodeId, topic};
use rumqttc::{AsyncClient, Event, EventLoop, Incoming, MqttOptions, QoS, TlsConfiguration, Transport};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tests::harness::process::run;
use tests::harness::{
    Broker, BrokerMake, BrokerPlace, Durability, HubPlace, Keeper, Outside, Postgres, World, program,
    short_dir, staff,
};

const PATIENCE: Duration = Duration::from_secs(20);

/// An authority, a database, enrolled nodes and a broker that was told of them.
struct Scene {
    dir: tempfile::TempDir,
    _lodging: tempfile::TempDir,
    postgres: Postgres,
    hub: HubPlace,
    broker: Broker,
    nodes: Vec<(NodeId, PathBuf)>,
}

impl Scene {
    async fn set(make: BrokerMake, count: usize) -> Self {
        Self::set_with(make, count, |_, _| {}).await
    }

    /// `before` is done to the authority's folder and the broker's place before it starts.
    async fn set_with(make: BrokerMake, count: usize, before: impl Fn(&Path, &BrokerPlace)) -> Self {
        let (keeper, dir, lodging) = (Keeper::start().unwrap(), short_dir().unwrap(), short_dir().unwrap());
        std::fs::create_dir_all(dir.path().join("logs")).unwrap();
        World::found_authority(dir.path()).unwrap();
        let place = BrokerPlace::settle(make, dir.path()).unwrap();
        before(&dir.path().join("ca"), &place);
        let broker = place.start(&keeper).await.unwrap();
        let postgres = Postgres::start(&keeper, lodging.path(), Durability::None).await.unwrap();
        let database = postgres.database().await.unwrap();
        let hub = HubPlace::new(dir.path(), &database, Some(broker.outside().for_hubs()));
        hub.settle(None).unwrap();
        hub.tell(&["migrate"]).unwrap();
        let staff = staff::of_mawar();
        staff.load(&hub, dir.path()).unwrap();
        let nodes =
            (0..count).map(|nth| enrolled(dir.path(), &hub, &staff.posyandu.to_string(), nth)).collect();
        broker.admit(&hub).unwrap();
        Self { dir, _lodging: lodging, postgres, hub, broker, nodes }
    }

    fn ca(&self) -> PathBuf {
        self.dir.path().join("ca")
    }

    async fn node(&self, nth: usize) -> Client {
        let (node, dir) = &self.nodes[nth];
        self.node_as(&node.to_string(), dir).await
    }

    async fn node_as(&self, client_id: &str, dir: &Path) -> Client {
        let (certificate, key) = papers(dir);
        Client::connect(client_id, self.broker.outside().address.port(), &self.ca(), &certificate, &key).await
    }

    async fn hub_client(&self, name: &str) -> Client {
        let read = |name: &str| std::fs::read_to_string(self.ca().join("hub").join(name)).unwrap();
        let Outside { hubs, .. } = self.broker.outside();
        Client::connect(name, hubs.port(), &self.ca(), &read("hub.crt"), &read("hub.key")).await
    }
}

/// A node's certificate and key.
fn papers(dir: &Path) -> (String, String) {
    let bundle: serde_json::Value =
        serde_json::from_slice(&std::fs::read(dir.join("bundle.json")).unwrap()).unwrap();
    let key = std::fs::read_to_string(dir.join("node.key")).unwrap();
    (bundle["certificate_pem"].as_str().unwrap().to_owned(), key)
}

/// Has the authority revoke what these files name, and sign its list anew.
fn revoke(ca: &Path, files: &[PathBuf]) {
    run(Command::new(program("simpul").unwrap()).args(["ca", "revoke", "--dir"]).arg(ca).args(files))
        .unwrap();
}

fn enrolled(dir: &Path, hub: &HubPlace, posyandu: &str, nth: usize) -> (NodeId, PathBuf) {
    let node = dir.join(format!("node-{nth}"));
    let simpul = || Command::new(program("simpul").unwrap());
    run(simpul().args(["node", "new", "--label", "Mawar 3", "--dir"]).arg(&node)).unwrap();
    let roster = node.join("roster.json");
    std::fs::write(&roster, hub.tell(&["reference", "export", "--posyandu", posyandu]).unwrap()).unwrap();
    let mut sign = simpul();
    sign.args(["ca", "sign", "--dir"]).arg(dir.join("ca")).arg("--roster").arg(&roster);
    sign.arg("--request").arg(node.join("request.json")).arg("--out").arg(node.join("bundle.json"));
    sign.args(["--hub-host", "localhost", "--hub-port", "8883"]);
    run(sign.arg("--enrolment").arg(node.join("enrolment.json"))).unwrap();
    hub.tell(&["node", "enrol", node.join("enrolment.json").to_str().unwrap()]).unwrap();
    let request: serde_json::Value =
        serde_json::from_slice(&std::fs::read(node.join("request.json")).unwrap()).unwrap();
    (request["node"].as_str().unwrap().parse().unwrap(), node)
}

/// A connection with a certificate.
struct Client {
    client: AsyncClient,
    events: EventLoop,
}

impl Client {
    /// Connects; a broker that was just told of a node may need a moment.
    async fn connect(id: &str, port: u16, ca: &Path, certificate: &str, key: &str) -> Self {
        let mut new = Self::new(id, port, ca, certificate, key);
        let greeted = async { while !new.is_let_in().await {} };
        tokio::time::timeout(PATIENCE, greeted).await.expect("the broker lets it in");
        new
    }

    /// Tries once.
    async fn is_let_in(&mut self) -> bool {
        loop {
            match self.events.poll().await {
                Ok(Event::Incoming(Incoming::ConnAck(_))) => return true,
                Ok(_) => {}
                Err(_) => return false,
            }
        }
    }

    fn new(id: &str, port: u16, ca: &Path, certificate: &str, key: &str) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(ca.join("authority.crt")).unwrap()).unwrap();
        let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)
            .unwrap();
        let mut options = MqttOptions::new(id, "localhost", port);
        options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(Arc::new(tls))));
        let (client, events) = AsyncClient::new(options, 64);
        Self { client, events }
    }

    /// Asks to hear a filter; whether that is granted, each broker says in its own way.
    async fn ask_for(&mut self, filter: &str) {
        self.client.subscribe(filter, QoS::AtLeastOnce).await.unwrap();
        while !matches!(self.next().await, Incoming::SubAck(_)) {}
    }

    async fn say(&mut self, topic: &str, word: &str) {
        self.client.publish(topic, QoS::AtLeastOnce, false, word).await.unwrap();
        // Both brokers acknowledge even what they refuse to carry.
        while !matches!(self.next().await, Incoming::PubAck(_)) {}
    }

    /// The next message's content.
    async fn hear(&mut self) -> String {
        loop {
            if let Incoming::Publish(publish) = self.next().await {
                return String::from_utf8(publish.payload.to_vec()).unwrap();
            }
        }
    }

    async fn next(&mut self) -> Incoming {
        loop {
            let event = tokio::time::timeout(PATIENCE, self.events.poll()).await.expect("something happens");
            if let Event::Incoming(incoming) = event.expect("the connection stands") {
                return incoming;
            }
        }
    }
}

/// Every node tries every topic of every node, up and down. The hub hears each node's own and nothing else, and each
/// node hears what the hub says to it and nothing else.
async fn each_speaks_and_hears_for_itself_alone(make: BrokerMake) {
    let scene = Scene::set(make, 3).await;
    let mut hub = scene.hub_client("hub").await;
    hub.ask_for("simpul/v1/up/+/+").await;
    let mut clients = Vec::new();
    for nth in 0..scene.nodes.len() {
        clients.push(scene.node(nth).await);
    }
    for (nth, client) in clients.iter_mut().enumerate() {
        for (whose, (node, _)) in scene.nodes.iter().enumerate() {
            client.ask_for(&topic::down(*node)).await;
            client.ask_for(&topic::up(*node)).await;
            client.say(&topic::up(*node), &format!("{nth} as {whose}")).await;
            client.say(&topic::down(*node), &format!("{nth} as the hub to {whose}")).await;
        }
        for filter in
            ["#", "simpul/#", "simpul/v1/down/+", "simpul/v1/up/+/+", "$MQTT/sub/#", "$MQTT/msgs/#", "$SYS/#"]
        {
            client.ask_for(filter).await;
        }
        client.ask_for(&topic::down(scene.nodes[nth].0)).await;
        assert_eq!(hub.hear().await, format!("{nth} as {nth}"), "the hub hears nobody under another's name");
    }
    for (node, _) in &scene.nodes {
        hub.say(&topic::down(*node), &format!("to {node}")).await;
    }
    for (client, (node, _)) in clients.iter_mut().zip(&scene.nodes) {
        assert_eq!(client.hear().await, format!("to {node}"));
        client.say(&topic::up(*node), "done").await;
        assert_eq!(hub.hear().await, "done");
    }
    // Each had time to hear more: a round trip through the broker lies between.
    for (client, (node, _)) in clients.iter_mut().zip(&scene.nodes) {
        hub.say(&topic::down(*node), "the end").await;
        assert_eq!(client.hear().await, "the end", "{node} heard what was not for it");
    }
    scene.postgres.stop().await.unwrap();
}

#[tokio::test]
async fn at_mosquitto_each_node_speaks_and_hears_for_itself_alone() {
    each_speaks_and_hears_for_itself_alone(BrokerMake::Mosquitto).await;
}

#[tokio::test]
async fn at_nats_each_node_speaks_and_hears_for_itself_alone() {
    each_speaks_and_hears_for_itself_alone(BrokerMake::Nats).await;
}

/// One node is revoked and the broker told: what it says is not carried any more, and the others go on.
async fn a_revoked_node_is_shut_out(make: BrokerMake) {
    let scene = Scene::set(make, 2).await;
    let mut hub = scene.hub_client("hub").await;
    hub.ask_for("simpul/v1/up/+/+").await;
    let (mut stays, mut goes) = (scene.node(0).await, scene.node(1).await);
    let (stays_up, goes_up) = (topic::up(scene.nodes[0].0), topic::up(scene.nodes[1].0));
    goes.say(&goes_up, "before").await;
    assert_eq!(hub.hear().await, "before");
    scene.hub.tell(&["node", "revoke", &scene.nodes[1].0.to_string()]).unwrap();
    scene.broker.admit(&scene.hub).unwrap();
    // The signal is heard in a moment; until then the broker may still carry something.
    let mut told = 0;
    tokio::time::timeout(PATIENCE, async {
        loop {
            told += 1;
            let out = goes.client.publish(&goes_up, QoS::AtLeastOnce, false, format!("after {told}")).await;
            let ended = out.is_err() || !flushed(&mut goes.events).await;
            stays.say(&stays_up, "still here").await;
            let heard = hub.hear().await;
            if ended || heard == "still here" {
                return;
            }
            assert_eq!(heard, format!("after {told}"));
            assert_eq!(hub.hear().await, "still here");
        }
    })
    .await
    .expect("the revoked node is shut out");
    scene.postgres.stop().await.unwrap();
}

/// Polls until a publish is acknowledged; `false` if the connection ends first.
async fn flushed(events: &mut EventLoop) -> bool {
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Incoming::PubAck(_))) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

#[tokio::test]
async fn at_mosquitto_a_revoked_node_is_shut_out() {
    a_revoked_node_is_shut_out(BrokerMake::Mosquitto).await;
}

#[tokio::test]
async fn at_nats_a_revoked_node_is_shut_out() {
    a_revoked_node_is_shut_out(BrokerMake::Nats).await;
}

#[tokio::test]
async fn mosquitto_heeds_the_authoritys_list_of_the_revoked() {
    let before = |ca: &Path, place: &BrokerPlace| {
        revoke(ca, &[]);
        place.heed_revocations().unwrap();
    };
    let scene = Scene::set_with(BrokerMake::Mosquitto, 2, before).await;
    drop(scene.node(1).await); // until then it is let in
    let (node, dir) = &scene.nodes[1];
    revoke(&scene.ca(), &[dir.join("bundle.json")]);
    scene.broker.reload().unwrap();
    let port = scene.broker.outside().address.port();
    let refused = async {
        let (certificate, key) = papers(dir);
        // The signal is heard in a moment.
        while Client::new(&node.to_string(), port, &scene.ca(), &certificate, &key).is_let_in().await {}
    };
    tokio::time::timeout(PATIENCE, refused).await.expect("the revoked certificate is refused");
    let mut stays = scene.node(0).await;
    stays.say(&topic::up(scene.nodes[0].0), "still here").await;
    scene.postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_node_at_mosquitto_cannot_take_a_hubs_place() {
    let scene = Scene::set(BrokerMake::Mosquitto, 1).await;
    let mut hub = scene.hub_client("hub").await;
    hub.ask_for("simpul/v1/up/+/+").await;
    let (node, dir) = &scene.nodes[0];
    let mut impostor = scene.node_as("hub", dir).await;
    impostor.say(&topic::up(*node), "I only took its name").await;
    assert_eq!(hub.hear().await, "I only took its name", "the hub's own connection goes on");
    scene.postgres.stop().await.unwrap();
}
