//! The one file that can reach a network: HTTPS only, no redirect, no cookie, no proxy, no connection kept, with limits on
//! time and size, and no address of an inner network unless the person allows it.

use super::address::is_internal;
use super::answer::Answer;
use super::request::{Failure, Request, Transport};
use rustls::CertificateError;
use std::cell::Cell;
use std::fmt;
use std::io::{ErrorKind, Read};
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport as Wire,
};

/// The longest body that is read. Documented answers are far shorter.
const LONGEST_BODY: u64 = 256 << 10;
/// The longest that status and headers may be together.
const LONGEST_HEADERS: usize = 32 << 10;

/// What a client may do.
#[derive(Debug, Clone)]
pub struct Limits {
    /// For a whole request, from the look-up of the name to the last byte.
    pub timeout: Duration,
    /// Whether it may connect to private, loopback and link-local addresses.
    pub allow_internal: bool,
}

/// Sends requests over HTTPS.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    timeout: Duration,
}

impl Client {
    /// A client that trusts the system's roots and those in `more_roots`, which is PEM.
    ///
    /// # Errors
    ///
    /// A sentence: no certificate in `more_roots`, or no root at all.
    pub fn new(limits: &Limits, more_roots: Option<&[u8]>) -> Result<Self, String> {
        let mut roots: Vec<Certificate<'static>> = Vec::new();
        if let Some(pem) = more_roots {
            let before = roots.len();
            for item in parse_pem(pem) {
                if let PemItem::Certificate(certificate) = item.map_err(|_| "is not PEM".to_owned())? {
                    roots.push(certificate);
                }
            }
            if roots.len() == before {
                return Err("holds no certificate (-----BEGIN CERTIFICATE-----)".to_owned());
            }
        }
        // Some of the system's certificates may be unreadable; the others do.
        let system = rustls_native_certs::load_native_certs();
        roots.extend(system.certs.iter().map(|der| Certificate::from_der(der.as_ref()).to_owned()));
        if roots.is_empty() {
            return Err(
                "the system has no root certificates; install its package ca-certificates, or use --ca FILE".into()
            );
        }
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::Specific(Arc::new(roots)))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = Config::builder()
            .https_only(true)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .max_idle_connections(0)
            .max_response_header_size(LONGEST_HEADERS)
            .timeout_global(Some(limits.timeout))
            .user_agent(concat!("keyhound/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build();
        let resolver = Outside { allow_internal: limits.allow_internal, inner: DefaultResolver::default() };
        let connector = DefaultConnector::default().chain(Marks);
        Ok(Self { agent: Agent::with_parts(config, connector, resolver), timeout: limits.timeout })
    }

    /// A failure, and whether the request had begun to leave by then: the one thing that tells what may have been
    /// received from what cannot have been.
    fn failure(&self, error: ureq::Error, host: &str) -> Failure {
        let begun = BEGUN.get();
        let why = self.words(error, host, begun);
        if begun { Failure::NoAnswer(why) } else { Failure::NotSent(why) }
    }

    fn words(&self, error: ureq::Error, host: &str, begun: bool) -> String {
        let seconds = self.timeout.as_secs_f64();
        match error {
            ureq::Error::Timeout(_) if begun => format!("no whole answer within {seconds} s"),
            ureq::Error::Timeout(_) => format!("{host} could not be reached within {seconds} s"),
            ureq::Error::HostNotFound => format!("no host is called {host}"),
            ureq::Error::RequireHttpsOnly(_) => "only https:// is used".to_owned(),
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => "the request makes no valid URL".to_owned(),
            ureq::Error::ConnectionFailed => format!("{host} could not be connected to"),
            ureq::Error::Other(inner) if inner.is::<Inside>() => {
                format!("{host} leads to an address of an inner network; if it is yours, use --allow-internal")
            }
            ureq::Error::Rustls(error) => tls_words(&error, host),
            ureq::Error::Tls(_) => format!("no secure connection to {host}"),
            ureq::Error::Io(error) => io_words(&error, host, begun),
            ureq::Error::LargeResponseHeader(..) => "the answer's headers are too long".to_owned(),
            ureq::Error::Protocol(_) => "the answer is not HTTP".to_owned(),
            _ => "the connection failed".to_owned(),
        }
    }
}

impl Transport for Client {
    fn send(&self, request: &Request) -> Result<Answer, Failure> {
        BEGUN.set(false);
        let failed = |error| self.failure(error, request.host());
        let mut builder = ureq::http::Request::builder().method(request.method.as_str()).uri(&request.url);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let wrong = |_| Failure::NotSent("the request makes no valid URL or header".to_owned());
        let answered = match &request.body {
            Some(body) => {
                let whole = builder.header("content-type", body.kind).body(body.bytes.as_slice()).map_err(wrong)?;
                self.agent.run(whole)
            }
            None if request.method == "GET" || request.method == "DELETE" => {
                self.agent.run(builder.body(()).map_err(wrong)?)
            }
            None => self.agent.run(builder.body(&[][..]).map_err(wrong)?),
        };
        let mut answered = answered.map_err(failed)?;
        let headers = answered.headers().iter().map(|(name, value)| {
            (name.as_str().to_ascii_lowercase(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        let mut answer = Answer { status: answered.status().as_u16(), headers: headers.collect(), ..Answer::default() };
        let read = answered.body_mut().as_reader().take(LONGEST_BODY + 1).read_to_end(&mut answer.body);
        // The reader's errors are ureq's own in the clothes of io's.
        read.map_err(|error| failed(ureq::Error::from(error)))?;
        if answer.body.len() as u64 > LONGEST_BODY {
            answer.is_cut = true;
            answer.body.clear();
        }
        Ok(answer)
    }
}

fn tls_words(error: &rustls::Error, host: &str) -> String {
    match error {
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => {
            format!("the certificate is not for {host}")
        }
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            format!("nobody that is trusted vouches for {host}; if you do, name its certificate with --ca FILE")
        }
        rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            format!("the certificate of {host} has expired")
        }
        rustls::Error::InvalidCertificate(_) => format!("the certificate of {host} is not valid"),
        _ => format!("no secure connection to {host}"),
    }
}

fn io_words(error: &std::io::Error, host: &str, begun: bool) -> String {
    if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return tls_words(tls, host);
    }
    match error.kind() {
        ErrorKind::ConnectionRefused => format!("{host} refused the connection"),
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => format!("{host} cannot be reached"),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => {
            let what = if begun { "the answer was whole" } else { "the request was sent" };
            format!("the connection broke before {what}")
        }
        _ => "the connection failed".to_owned(),
    }
}

thread_local! {
    /// Whether a byte of this thread's request may have left. A request is sent by the thread that asks for it.
    static BEGUN: Cell<bool> = const { Cell::new(false) };
}

/// Stands behind the handshake, so that only a request passes through what it makes.
#[derive(Debug)]
struct Marks;

impl<In: Wire> Connector<In> for Marks {
    type Out = Marked<In>;

    fn connect(&self, _: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Marked<In>>, ureq::Error> {
        Ok(chained.map(Marked))
    }
}

/// A connection that notes when a request begins to leave.
#[derive(Debug)]
struct Marked<T>(T);

impl<T: Wire> Wire for Marked<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        BEGUN.set(true);
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}

/// Resolves names, and refuses those that lead inside.
struct Outside {
    allow_internal: bool,
    inner: DefaultResolver,
}

/// All addresses of a name are inside.
#[derive(Debug)]
struct Inside;

impl fmt::Display for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address of an inner network")
    }
}

impl std::error::Error for Inside {}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside").field("allow_internal", &self.allow_internal).finish_non_exhaustive()
    }
}

impl Resolver for Outside {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        // An error of the look-up itself has no kind that would tell it from one of the connection.
        let found = self.inner.resolve(uri, config, timeout).map_err(|error| match error {
            ureq::Error::Timeout(_) => error,
            _ => ureq::Error::HostNotFound,
        })?;
        let mut kept = self.empty();
        for address in found.iter().filter(|address| self.allow_internal || !is_internal(address.ip())) {
            kept.push(*address);
        }
        if kept.is_empty() { Err(ureq::Error::Other(Box::new(Inside))) } else { Ok(kept) }
    }
}
