//! A small load balancer: connections go to the nodes in turn, and to those alone that
//! said when they were last asked that they are ready.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::MissedTickBehavior,
};

/// How often each node is asked.
const ASKS_EVERY: Duration = Duration::from_millis(100);

/// Ends with all its connections where it is dropped.
pub(crate) struct Balancer {
    port: u16,
    nodes: Arc<[Node]>,
    _tasks: JoinSet<()>,
}

struct Node {
    port: u16,
    ready: AtomicBool,
    connections: AtomicUsize,
}

impl Balancer {
    /// Stands before the nodes on these ports, which are ready.
    ///
    /// # Errors
    /// Where there is no port to be had.
    pub(crate) async fn before(ports: &[u16]) -> Result<Self> {
        let node = |port: &u16| Node {
            port: *port,
            ready: AtomicBool::new(true),
            connections: AtomicUsize::new(0),
        };
        let nodes: Arc<[Node]> = ports.iter().map(node).collect();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&nodes)));
        for index in 0..nodes.len() {
            tasks.spawn(ask(Arc::clone(&nodes), index));
        }
        Ok(Self {
            port,
            nodes,
            _tasks: tasks,
        })
    }

    /// Where it is reached.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Whether it sends connections to the node on this port.
    pub(crate) fn uses(&self, port: u16) -> bool {
        let mut nodes = self.nodes.iter();
        nodes.any(|node| node.port == port && node.ready.load(Ordering::Relaxed))
    }

    /// How many connections each node got.
    pub(crate) fn connections(&self) -> Vec<usize> {
        let count = |node: &Node| node.connections.load(Ordering::Relaxed);
        self.nodes.iter().map(count).collect()
    }
}

async fn accept(listener: TcpListener, nodes: Arc<[Node]>) {
    let mut connections = JoinSet::new();
    let mut turn = 0;
    while let Ok((client, _)) = listener.accept().await {
        turn += 1;
        connections.spawn(pass_on(client, Arc::clone(&nodes), turn));
        while connections.try_join_next().is_some() {}
    }
}

/// Connects to the ready node whose turn it is. One that does not take the connection is
/// not made up for by another: plain balancers do not do that either.
async fn pass_on(mut client: TcpStream, nodes: Arc<[Node]>, turn: usize) {
    let mut in_turn = (0..nodes.len()).map(|offset| &nodes[(turn + offset) % nodes.len()]);
    let Some(node) = in_turn.find(|node| node.ready.load(Ordering::Relaxed)) else {
        return;
    };
    if let Ok(mut server) = TcpStream::connect((Ipv4Addr::LOCALHOST, node.port)).await {
        node.connections.fetch_add(1, Ordering::Relaxed);
        // How a connection ends is the business of those who talk on it.
        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
    }
}

/// Asks one node again and again whether it is ready.
async fn ask(nodes: Arc<[Node]>, index: usize) {
    let node = &nodes[index];
    let url = format!("http://127.0.0.1:{}/health/ready", node.port);
    let mut ticks = tokio::time::interval(ASKS_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let answer = reqwest::get(&url).await;
        let ready = answer.is_ok_and(|answer| answer.status().is_success());
        node.ready.store(ready, Ordering::Relaxed);
    }
}
