//! A provider on loopback: HTTPS with a certificate of its own, one thread, and answers that the test chooses.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// A request as it arrived.
#[derive(Debug, Clone, Default)]
pub struct Received {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }
}

/// What the provider does with a request.
pub enum Reply {
    /// Status, further headers, body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Nothing, until the other side gives up.
    Silence,
    /// A body that never ends.
    Endless,
    /// Headers without end.
    EndlessHeaders,
    /// Half of an answer with that status, then nothing until the other side gives up.
    Half(u16, String),
    /// What is neither TLS nor HTTP.
    Garbage,
    /// Breaks the connection.
    Reset,
    /// A page of HTML with that status.
    Html(u16),
}

pub fn json(status: u16, body: &str) -> Reply {
    Reply::Answer(status, vec![("Content-Type", "application/json".to_owned())], body.to_owned())
}

/// A certificate for `name` that vouches for itself, and its key, both in PEM.
pub fn certificate(name: &str) -> (String, String) {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).expect("a certificate");
    (made.cert.pem(), made.signing_key.serialize_pem())
}

type Behaviour = dyn Fn(&Received) -> Reply + Send + Sync;

/// Whether a connection, counted from 0, is left waiting before it says anything.
type Gate = dyn Fn(usize) -> bool + Send + Sync;

pub struct Server {
    pub port: u16,
    /// Its certificate in PEM, which is its own root.
    pub pem: String,
    pub received: Arc<Mutex<Vec<Received>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Answers on 127.0.0.1 with a certificate for it.
    pub fn start(behaviour: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        Self::named("127.0.0.1", behaviour)
    }

    /// Answers on 127.0.0.1 with a certificate for `name`.
    pub fn named(name: &str, behaviour: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        Self::gated(name, Box::new(|_| false), behaviour)
    }

    /// The same, where some connections are made and never served.
    pub fn gated(name: &str, gate: Box<Gate>, behaviour: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        let (pem, key_pem) = certificate(name);
        let key = PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).expect("a key");
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate");
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .expect("a certificate and its key");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (stop, received) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let (config, stopped, log) = (Arc::new(config), Arc::clone(&stop), Arc::clone(&received));
        let thread = std::thread::spawn(move || {
            for (ix, stream) in listener.incoming().enumerate() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(mut stream) = stream else { continue };
                if gate(ix) {
                    // Until the other side is gone.
                    let _ = std::io::copy(&mut stream, &mut std::io::sink());
                    continue;
                }
                let Ok(connection) = ServerConnection::new(Arc::clone(&config)) else { continue };
                // A client that does not like the certificate, or gives up, is no failure of the server.
                let _ = serve(StreamOwned::new(connection, stream), &log, &behaviour);
            }
        });
        Self { port, pem, received, stop, thread: Some(thread) }
    }

    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// Everything that arrived, as `METHOD path`.
    pub fn lines(&self) -> Vec<String> {
        let received = self.received.lock().expect("received");
        received.iter().map(|one| format!("{} {}", one.method, one.path)).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

type Stream = StreamOwned<ServerConnection, TcpStream>;

fn serve(mut stream: Stream, log: &Mutex<Vec<Received>>, behaviour: &Behaviour) -> std::io::Result<()> {
    let Some(request) = read(&mut stream)? else { return Ok(()) };
    log.lock().expect("received").push(request.clone());
    match behaviour(&request) {
        Reply::Answer(status, headers, body) => answer(&mut stream, status, &headers, &body),
        Reply::Html(status) => {
            let kind = vec![("Content-Type", "text/html".to_owned())];
            answer(&mut stream, status, &kind, "<!DOCTYPE html><title>Blocked</title>valid\":true")
        }
        Reply::Silence => {
            let _ = stream.read(&mut [0; 1]);
            Ok(())
        }
        Reply::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            let chunk = format!("{:x}\r\n{}\r\n", 4096, " ".repeat(4096));
            loop {
                stream.write_all(chunk.as_bytes())?;
            }
        }
        Reply::EndlessHeaders => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
            loop {
                stream.write_all(format!("X-More: {}\r\n", "x".repeat(1000)).as_bytes())?;
            }
        }
        Reply::Half(status, body) => {
            let length = body.len() * 2;
            let head =
                format!("HTTP/1.1 {status} Some\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n");
            stream.write_all(format!("{head}\r\n{body}").as_bytes())?;
            let _ = stream.read(&mut [0; 1]);
            Ok(())
        }
        Reply::Garbage => stream.sock.write_all(&[b'?'; 64]),
        Reply::Reset => stream.sock.shutdown(std::net::Shutdown::Both),
    }
}

fn answer(stream: &mut Stream, status: u16, headers: &[(&'static str, String)], body: &str) -> std::io::Result<()> {
    let mut text = format!("HTTP/1.1 {status} Some\r\nConnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if status != 204 {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    stream.write_all(format!("{text}\r\n{body}").as_bytes())?;
    stream.conn.send_close_notify();
    stream.flush()
}

fn read(stream: &mut Stream) -> std::io::Result<Option<Received>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let head = loop {
        let got = stream.read(&mut buffer)?;
        if got == 0 {
            return Ok(None);
        }
        bytes.extend(&buffer[..got]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let mut lines = text.lines();
    let mut first = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
    let mut request = Received {
        method: first.next().unwrap_or_default(),
        path: first.next().unwrap_or_default(),
        ..Received::default()
    };
    for line in lines {
        if let Some((name, value)) = line.split_once(':') {
            request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    let length: usize = request.header("content-length").parse().unwrap_or(0);
    let mut body = bytes[head + 4..].to_vec();
    while body.len() < length {
        let got = stream.read(&mut buffer)?;
        if got == 0 {
            break;
        }
        body.extend(&buffer[..got]);
    }
    request.body = String::from_utf8_lossy(&body).into_owned();
    Ok(Some(request))
}
