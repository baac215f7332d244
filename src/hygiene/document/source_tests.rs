//! How requests are read out of source code, in the shapes that the providers' documents show and those of the usual
//! libraries.

use super::super::lex::Lang;
use super::*;

/// URLs and headers of requests.
type Seen = Vec<(Vec<String>, Vec<(String, String)>)>;

/// Host and headers of the requests of a text.
fn seen(text: &str, lang: Lang) -> Seen {
    let source = parse(text, lang);
    let urls = |request: &Request| request.urls.iter().map(|url| url.text.clone()).collect();
    let headers = |request: &Request| request.headers.iter().map(|h| (h.name.clone(), h.value.text.clone())).collect();
    source.requests.iter().map(|request| (urls(request), headers(request))).collect()
}

fn one(url: &str, name: &str, value: &str) -> Seen {
    vec![(vec![url.to_owned()], vec![(name.to_owned(), value.to_owned())])]
}

#[test]
fn python() {
    let text = "r = requests.get(\n 'https://h.example/a',\n headers={'Authorization': f'Bearer {key}'}\n)";
    assert_eq!(seen(text, Lang::Python), one("https://h.example/a", "Authorization", "Bearer ${key}"));
    let text = "headers = {'X-Api-Key': key}\nr = requests.get(URL, headers=headers)\nURL = 'https://h.example'";
    assert_eq!(seen(text, Lang::Python), one("https://h.example", "X-Api-Key", "${key}"));
    let text = "session = requests.Session()\nsession.headers['Authorization'] = 'Bearer ' + key\nsession.get('https://h.example')";
    assert_eq!(seen(text, Lang::Python), one("https://h.example", "Authorization", "Bearer ${key}"));
}

#[test]
fn javascript() {
    let text = "const c = axios.create({ baseURL: 'https://h.example/v1', headers: { 'X-API-KEY': process.env.K, 'Content-Type': 'a' } });";
    assert_eq!(seen(text, Lang::Js), one("https://h.example/v1", "X-API-KEY", "${process.env.K}"));
    let text =
        "const BASE = 'https://h.example';\nawait fetch(`${BASE}/v1`, { headers: { Authorization: `Bearer ${t}` } })";
    assert_eq!(seen(text, Lang::Js), one("https://h.example/v1", "Authorization", "Bearer ${t}"));
}

#[test]
fn go() {
    let text = "req, _ := http.NewRequest(\"GET\", \"https://h.example\", nil)\nreq.Header.Set(\"Authorization\", \"Bearer \"+key)\nc.Do(req)";
    assert_eq!(seen(text, Lang::Go), one("https://h.example", "Authorization", "Bearer ${key}"));
}

#[test]
fn rust() {
    let text = "let r = client.get(\"https://h.example\").header(\"x-api-key\", &key).send()?;";
    assert_eq!(seen(text, Lang::Rust), one("https://h.example", "x-api-key", "${&key}"));
    let text = "client.get(\"https://h.example\").bearer_auth(token).send()";
    assert_eq!(seen(text, Lang::Rust), one("https://h.example", "Authorization", "Bearer ${token}"));
}

#[test]
fn java_ruby_php_csharp() {
    let text = "Request r = new Request.Builder().url(\"https://h.example\").addHeader(\"Authorization\", \"Bearer \" + key).build();";
    assert_eq!(seen(text, Lang::Java), one("https://h.example", "Authorization", "Bearer ${key}"));
    let text = "HTTParty.get('https://h.example', headers: { 'Authorization' => \"Bearer #{key}\" })";
    assert_eq!(seen(text, Lang::Ruby), one("https://h.example", "Authorization", "Bearer ${key}"));
    let text = "$client->get('https://h.example', ['headers' => ['X-Api-Key' => $key]]);";
    assert_eq!(seen(text, Lang::Php), one("https://h.example", "X-Api-Key", "${$key}"));
    let text = "client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(\"Bearer\", key);\nclient.GetAsync(\"https://h.example\");";
    assert_eq!(seen(text, Lang::CSharp), one("https://h.example", "Authorization", "Bearer ${key}"));
}

#[test]
fn the_environment() {
    let names = |text: &str, lang| -> Vec<(String, Option<String>)> {
        parse(text, lang).reads.into_iter().map(|r| (r.name, r.default.map(|d| d.text))).collect()
    };
    let with = |name: &str, default: Option<&str>| (name.to_owned(), default.map(str::to_owned));
    assert_eq!(names("process.env.A || 'b'; process.env['CC']", Lang::Js), [with("A", Some("b")), with("CC", None)]);
    assert_eq!(
        names("os.getenv('AA', 'b'); os.environ['CC']", Lang::Python),
        [with("AA", Some("b")), with("CC", None)]
    );
    assert_eq!(names("std::env::var(\"AA\").unwrap_or(\"b\".into())", Lang::Rust), [with("AA", Some("b"))]);
    assert_eq!(names("os.Getenv(\"AB\")", Lang::Go), [with("AB", None)]);
}
