//! What the host in a URL is: the machine itself, a name that documents make up, a service in containers, or a database
//! that a provider runs for somebody.

/// Whether a host is the machine itself.
pub(super) fn is_own(host: &[u8]) -> bool {
    matches!(host, b"localhost" | b"127.0.0.1" | b"0.0.0.0" | b"db")
}

/// Whether a host is that of one database which a provider runs for somebody, by a label that was drawn for it: documents
/// rarely have one.
pub(super) fn is_hosted(host: &[u8]) -> bool {
    const PROVIDERS: &[&[u8]] = &[
        b".aivencloud.com",
        b".cloudamqp.com",
        b".elephantsql.com",
        b".mlab.com",
        b".mongodb.net",
        b".neon.tech",
        b".rds.amazonaws.com",
        b".redislabs.com",
        b".rlwy.net",
        b".upstash.io",
    ];
    let is_drawn = |label: &[u8]| {
        let digits = label.iter().filter(|b| b.is_ascii_digit()).count();
        let tail = label.iter().rev().take_while(|b| b.is_ascii_digit()).count();
        let is_row = label.windows(3).any(|three| matches!(three, b"123" | b"abc" | b"xxx"));
        // `mydb01`, `euwest1`: names and regions that were counted.
        let is_counted = tail == digits && tail <= 3;
        label.len() >= 5 && label.len() > digits && !is_counted && !is_row
    };
    let has_example = memchr::memmem::find(host, b"example").is_some();
    let provider = PROVIDERS.iter().find_map(|provider| host.strip_suffix(*provider));
    !has_example && provider.is_some_and(|own| own.split(|b| matches!(b, b'.' | b'-')).any(is_drawn))
}

/// Whether a host is a real one, or the name of a service as container files give them.
pub(super) fn is_service(host: &[u8]) -> bool {
    const OTHER: &[&[u8]] = &[b"host", b"hostname", b"server", b"localhost", b"example", b"domain", b"ip", b"address"];
    // `mq.shop-example.svc.cluster.local` is a service of Kubernetes, whatever it is called.
    if host.ends_with(b".svc.cluster.local") {
        return true;
    }
    let has_example = memchr::memmem::find(host, b"example").is_some() || ends_with_any(host, &[b".local", b".test"]);
    host.len() >= 2 && host.iter().any(u8::is_ascii_alphabetic) && !has_example && !OTHER.contains(&host)
}

/// Hosts of examples.
const LOCAL: &[&[u8]] = &[
    b"localhost",
    b"127.0.0.1",
    b"0.0.0.0",
    b"host",
    b"hostname",
    b"server",
    b"db",
    b"example",
    b"foo.com",
    b"bar.com",
    b"foo.bar",
    b"domain.com",
    b"company.com",
    b"acme.com",
    b"host.com",
    b"test.com",
    b"site.com",
    b"server.com",
    b"somewhere.com",
    b"mydomain.com",
    b"mysite.com",
    b"otherhost",
    b"the.host",
    b"url.com",
];

/// Whether a host is a local one, or one that documents make up.
pub(super) fn is_local(host: &[u8]) -> bool {
    LOCAL.iter().any(|local| is_host_of(host, local))
        || host.starts_with(b"example.")
        || ends_with_any(
            host,
            &[
                b".example",
                b".example.com",
                b".example.org",
                b".example.net",
                b".test",
                b".local",
                b".localhost",
                b".invalid",
            ],
        )
}

/// Whether `host` is `domain` or within it.
fn is_host_of(host: &[u8], domain: &[u8]) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with(b".") && domain.contains(&b'.'))
}

fn ends_with_any(host: &[u8], ends: &[&[u8]]) -> bool {
    ends.iter().any(|end| host.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_that_providers_run() {
        for host in ["ds104356.mlab.com", "cluster0.k7x2q.mongodb.net", "shop.c4qkzt7wmxhv.eu-west-1.rds.amazonaws.com"]
        {
            assert!(is_hosted(host.as_bytes()), "{host}");
        }
        for host in [
            "cluster0.mongodb.net",
            "cluster0.abc123.mongodb.net",
            "ds012345.mlab.com",
            "mydb01.eu.rds.amazonaws.com",
            "mysql-instance1.123456789012.us-east-1.rds.amazonaws.com",
            "pg.aws-euwest1.aivencloud.com",
            "k7x2q.example.mongodb.net",
            "db.corp.io",
            "mlab.com",
        ] {
            assert!(!is_hosted(host.as_bytes()), "{host}");
        }
    }

    #[test]
    fn hosts_that_documents_make_up() {
        for host in ["localhost", "db.example.com", "example.io", "www.foo.com", "server"] {
            assert!(is_local(host.as_bytes()), "{host}");
        }
        assert!(!is_local(b"server.corp.io") && !is_local(b"afoo.com"));
    }
}
