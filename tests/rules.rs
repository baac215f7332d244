//! Every example and counter-example of every rule.

use keyhound::rule::format::{ProviderFile, parse_toml};
use keyhound::rule::load_text;

#[test]
fn patterns_capture_their_examples() {
    let mut failures = Vec::new();
    for entry in std::fs::read_dir("rules").expect("rules/") {
        let path = entry.expect("entry").path();
        let name = path.display().to_string();
        let text = std::fs::read_to_string(&path).expect("readable");
        let file: ProviderFile = parse_toml(&name, &text).expect("parses");
        let rules = match load_text(&name, &text) {
            Ok(rules) => rules,
            Err(error) => {
                failures.push(error.to_string());
                continue;
            }
        };
        for (rule, toml) in rules.iter().zip(&file.rules) {
            if toml.examples.len() < 2 || toml.counter_examples.len() < 2 {
                failures.push(format!("{name}: {}: needs two examples and two counter-examples", toml.id));
            }
            let (regex, group) = rule.regex();
            for (i, example) in toml.examples.iter().enumerate() {
                let text = example.text.join();
                let want = example.secret.join();
                let got = regex
                    .captures_iter(text.as_bytes())
                    .any(|c| c.get(group).is_some_and(|m| m.as_bytes() == want.as_bytes()));
                if !got {
                    failures.push(format!("{name}: {}: example {i} is not captured", toml.id));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
