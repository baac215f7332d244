//! The key inventory as people meet it: written, compared, shown.

use crate::cli::{ONE, Place as Dir, key};

const NOW: [&str; 2] = ["--now", "2026-11-01"];

fn project() -> Dir {
    let dir = Dir::new();
    dir.write("p/src/app.py", "import os\nkey = os.environ[\"PIORA_API_TOKEN\"]\n");
    dir.write(
        "p/.github/workflows/ci.yml",
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: ./deploy\n        env:\n          TOKEN: ${{ secrets.DEPLOY_TOKEN }}\n          GH: ${{ secrets.GITHUB_TOKEN }}\n          U: ${{ secrets.DOCKER_USERNAME }}\n",
    );
    dir.write("p/config/prod.env", format!("AIRCLOU_API_KEY={}\n", key(ONE)));
    dir
}

fn words<'w>(more: &[&'w str]) -> Vec<&'w str> {
    [more, &["p"], &NOW].concat()
}

#[test]
fn every_key_and_reference_is_listed_once_and_none_in_clear() {
    let dir = project();
    let ran = dir.run(&words(&["audit", "--format", "jsonl"]));
    let keys = ran.records("key");
    let told: Vec<(String, String, String)> = keys
        .iter()
        .map(|key| {
            let text = |field: &str| key[field].as_str().unwrap_or("-").to_owned();
            (text("form"), text("name"), text("provider"))
        })
        .collect();
    let want = [
        ("literal", "AIRCLOU_API_KEY", "airclou"),
        ("variable", "PIORA_API_TOKEN", "piora"),
        ("ci_secret", "DEPLOY_TOKEN", "-"),
    ];
    assert_eq!(told, want.map(|(form, name, provider)| (form.to_owned(), name.to_owned(), provider.to_owned())));
    assert_eq!(keys[1]["places"][0]["line"], 2);
    assert_eq!(keys[0]["environment"], "live");
    assert!(!ran.out.contains(ONE));
    let human = dir.run(&words(&["audit"]));
    assert!(human.out.contains("Key inventory: 3 keys (3 unknown)"), "{}", human.out);
    assert!(!dir.run(&words(&["scan"])).out.contains("Key inventory"));
}

#[test]
fn a_list_stays_right_when_the_repository_gets_a_key_of_its_own() {
    let dir = project();
    dir.write("p/db.py", "password = \"Gr8-kestrel-77\"\n");
    dir.run(&words(&["inventory", "init"])).exits(0);
    let misses = |words: &[&str]| -> Vec<String> {
        let ran = dir.run(words);
        let found = ran.records("finding");
        let rules = found.iter().map(|one| one["rule"].as_str().expect("a rule").to_owned());
        rules.filter(|rule| rule.contains("/inventory-") && rule.starts_with("lifecycle/")).collect()
    };
    let audit = ["audit", "--format", "jsonl", "p", "--now", "2026-11-01"];
    assert_eq!(misses(&audit), Vec::<String>::new());
    dir.run(&["baseline", "create", "p", "--baseline", "p/keyhound.baseline"]).exits(0);
    assert_eq!(misses(&audit), Vec::<String>::new());
    // What the rules of a run do not look for is not called unused.
    let few = [&audit[..], &["--only", "tag:hygiene"]].concat();
    assert_eq!(misses(&few), Vec::<String>::new());
    let states = dir.run(&few).records("key").iter().map(|key| key["state"].clone()).collect::<Vec<_>>();
    assert!(!states.iter().any(|state| state == "unused"), "{states:?}");
    // What is gone is.
    std::fs::remove_file(dir.path("p/db.py")).expect("removed");
    assert!(!misses(&audit).is_empty());
}

#[test]
fn an_inventory_is_written_compared_and_brought_up_to_date() {
    let dir = project();
    let init = words(&["inventory", "init"]);
    dir.run(&init).exits(0);
    let file = dir.path("p/keyhound-inventory.toml");
    let text = std::fs::read_to_string(&file).expect("written");
    for line in [
        "name = \"DEPLOY_TOKEN\"",
        "used = [\".github/workflows/ci.yml\", \"secret:DEPLOY_TOKEN\"]",
        "used = [\"config/prod.env\"]",
        "# owner = \"\"",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains(ONE) && text.matches("[[key]]\n").count() == 3, "{text}");
    dir.run(&init).exits(2);
    let said = |dir: &Dir| -> Vec<String> {
        let ran = dir.run(&words(&["audit", "--format", "jsonl"]));
        let rules = ran.records("finding").into_iter().map(|finding| finding["rule"].as_str().unwrap_or("").to_owned());
        rules.filter(|rule| rule.contains("inventory-") && !rule.contains("no-expiry")).collect()
    };
    assert_eq!(said(&dir), [""; 0]);
    dir.write("p/src/more.py", "import os\nkey = os.environ[\"CLOUDGENI_API_KEY\"]\n");
    assert_eq!(said(&dir), ["lifecycle/inventory-missing-key"]);
    dir.run(&words(&["inventory", "update"])).exits(0);
    assert_eq!(said(&dir), [""; 0]);
    std::fs::remove_file(dir.path("p/src/app.py")).expect("there");
    assert_eq!(said(&dir), ["lifecycle/inventory-place-wrong"]);
}

#[test]
fn what_the_inventory_says_is_shown() {
    let dir = project();
    dir.write(
        "p/keyhound-inventory.toml",
        "[[key]]\nname = \"PIORA_API_TOKEN\"\nowner = \"platform\"\ncreated = 2026-01-01\nrotated = 2026-06-01\nexpires = 2027-01-01\n",
    );
    let ran = dir.run(&words(&["audit", "--format", "json"]));
    let report: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    let key = &report["inventory"][0];
    let fields = ["name", "owner", "state", "rotated", "expires"].map(|field| key[field].as_str().unwrap_or("-"));
    assert_eq!(fields, ["PIORA_API_TOKEN", "platform", "overdue", "2026-06-01", "2027-01-01"]);
    assert_eq!((key["age_days"].as_i64(), key["listed"].as_bool()), (Some(153), Some(true)));
    dir.write("p/keyhound.toml", "[[rotation.limits]]\nproviders = [\"piora\"]\nmax_age_days = 200\n");
    let ran = dir.run(&words(&["audit", "--format", "json"]));
    let report: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    let state =
        report["inventory"].as_array().and_then(|keys| keys.iter().find(|key| key["name"] == "PIORA_API_TOKEN"));
    assert_eq!(state.map(|key| key["state"].clone()), Some("current".into()), "the provider's own limit");
}

#[test]
fn mistakes_in_an_inventory_are_sentences() {
    let dir = project();
    for (text, want) in [
        ("[[key]\n", "it is no TOML"),
        ("[[key]]\nowner = \"x\"\n", "a key has no name"),
        ("[[key]]\nname = \"A_TOKEN\"\nexpires = \"soon\"\n", "expires is no date"),
        ("[[key]]\nname = \"A_TOKEN\"\ncolor = 1\n", "'color' is no field"),
        ("[keys]\na = 1\n", "'keys' means nothing here"),
        ("[[key]]\nname = \"A_TOKEN\"\n[[key]]\nname = \"A_TOKEN\"\n", "'A_TOKEN' is there twice"),
    ] {
        dir.write("p/keyhound-inventory.toml", text);
        let ran = dir.run(&words(&["audit", "--format", "jsonl"]));
        assert!(ran.out.contains(want), "{want} is not in {}", ran.out);
    }
}
