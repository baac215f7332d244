//! Tables that would prove nothing, or destroy the wrong key, are refused.

use super::*;

fn verify(lines: &str) -> Result<(), String> {
    let text = format!("docs = \"https://acme.example/docs\"\n{lines}\n");
    toml::from_str::<Verify>(&text).map_err(|error| error.to_string())?.check()
}

#[test]
fn a_table_that_would_prove_nothing_is_refused() {
    let good = "request = \"GET https://api.acme.example/me\"\nheaders = { Authorization = \"Bearer {key}\" }\n\
                live = [{ status = 200, has = [\"/id\"] }]\ndead = [{ status = 401 }]";
    assert_eq!(verify(good), Ok(()));
    for (from, to, says) in [
        (", has = [\"/id\"]", "", "login page"),
        ("/id", "id", "pointer"),
        ("https://api.acme.example", "http://api.acme.example", "https://"),
        ("api.acme.example", "{key}.acme.example", "placeholders"),
        ("Bearer {key}", "Bearer", "does not send"),
        ("Bearer {key}", "Bearer {kee}", "{kee}"),
        ("GET ", "DELETE ", "change nothing"),
        ("GET ", "FETCH ", "no method"),
        ("status = 401", "status = 200, has = [\"/id\"]", "both live and dead"),
        ("status = 401", "status = 42", "no status"),
        ("Authorization", "\"Author ization\"", "header"),
    ] {
        let error = verify(&good.replace(from, to)).expect_err(to);
        assert!(error.contains(says), "{to}: {error}");
    }
}

fn revoke(lines: &str) -> Result<(), String> {
    let text = format!("docs = \"https://acme.example/docs\"\n{lines}\ndone = [{{ status = 204 }}]\n");
    toml::from_str::<Revoke>(&text).map_err(|error| error.to_string())?.check()
}

#[test]
fn the_class_and_the_request_agree() {
    for (class, url, want) in [
        ("self", "https://a.example/me", true),
        ("self", "https://a.example/keys/{key_id}", false),
        ("by-id", "https://a.example/keys/{key_id}", true),
        ("by-id", "https://a.example/keys", false),
        ("admin", "https://a.example/keys/{key_id}", false),
        ("report", "https://a.example/{credential}", false),
    ] {
        let got = revoke(&format!("class = \"{class}\"\nrequest = \"DELETE {url}\""));
        assert_eq!(got.is_ok(), want, "{class} {url}: {got:?}");
    }
    let admin = "class = \"admin\"\ncredential = \"ACME_TOKEN\"\nheaders = { Authorization = \"Bearer {credential}\" }";
    assert_eq!(revoke(&format!("{admin}\nrequest = \"DELETE https://a.example/keys/{{key_id}}\"")), Ok(()));
}
