//! Secrets that are printed, and secrets that are arguments of commands.

use super::super::check::{File, Notes};
use super::super::document::{Command, lex, request};
use super::super::words;
use crate::finding::Severity::Critical;

/// Calls that print.
pub(super) fn prints(file: &File<'_>, notes: &mut Notes) {
    const PRINTS: [&str; 40] = [
        "console.log",
        "console.info",
        "console.debug",
        "console.error",
        "console.warn",
        "print",
        "println",
        "eprintln",
        "dbg",
        "logging.info",
        "logging.debug",
        "logging.warning",
        "logging.error",
        "logger.info",
        "logger.debug",
        "logger.warning",
        "logger.error",
        "logger.warn",
        "log.info",
        "log.debug",
        "log.error",
        "log.warn",
        "log.Println",
        "log.Printf",
        "log.Print",
        "log.Fatalf",
        "fmt.Println",
        "fmt.Printf",
        "fmt.Print",
        "System.out.println",
        "System.out.printf",
        "Console.WriteLine",
        "puts",
        "p",
        "var_dump",
        "error_log",
        "tracing.info",
        "tracing.debug",
        "info",
        "debug",
    ];
    let Some(source) = &file.document.source else { return };
    // What a program of the command line writes to its standard output is what it was asked for.
    let is_command = file.path().split('/').rev().skip(1).any(|folder| matches!(folder, "cmd" | "cli" | "bin"));
    let is_output = |name: &str| name.starts_with("fmt.") || matches!(name, "println" | "print" | "puts");
    for call in source.calls.iter().filter(|call| PRINTS.contains(&call.name.as_str())) {
        if is_command && is_output(&call.name) {
            continue;
        }
        for argument in source.arguments(call) {
            let tokens = &source.tokens[argument];
            // The name itself is printed: not its length, its presence, or what a function makes of it.
            let name = match tokens {
                [] => continue,
                _ if tokens.iter().any(|token| {
                    token.is("(")
                        || token.is("!")
                        || token.is("==")
                        || token.is("?")
                        || token.is("=>")
                        || token.is("[") && !tokens[0].text.contains("environ")
                }) =>
                {
                    let span = tokens[0].span.start..tokens[tokens.len() - 1].span.end + 1;
                    match source.read_in(&span) {
                        Some(read) => read.name.clone(),
                        None => continue,
                    }
                }
                [one] if one.kind == lex::Kind::Text => match interpolated_secret(&one.text) {
                    Some(name) => name,
                    None => continue,
                },
                _ => match tokens.iter().rev().find(|token| token.kind == lex::Kind::Name) {
                    Some(last)
                        if tokens
                            .iter()
                            .all(|token| token.kind != lex::Kind::Text || tokens.iter().any(|t| t.is("+"))) =>
                    {
                        last.text.trim_start_matches('$').to_owned()
                    }
                    _ => continue,
                },
            };
            let is_value = words::is_secret_name(&name)
                && !words::parts(&name).iter().any(|part| {
                    matches!(
                        part.as_str(),
                        "masked"
                            | "redacted"
                            | "hash"
                            | "hashed"
                            | "error"
                            | "invalid"
                            | "missing"
                            | "tokens"
                            | "cancellation"
                            | "next"
                            | "page"
                            | "cancel"
                            | "acquire"
                            | "continuation"
                            | "execution"
                            | "sync"
                            | "task"
                    )
                });
            // A constant of the file is known to all who read it, or is found as a key of its own; `envVarToken` names a variable.
            let is_known = source.constant(&name).is_some_and(|piece| {
                file.key_in(&piece.span).is_none() && !piece.text.is_empty() && !piece.text.contains("${")
            }) || name.to_ascii_lowercase().replace('_', "").starts_with("envvar");
            let generic = is_known || matches!(name.to_ascii_lowercase().as_str(), "token" | "tokens" | "p");
            if is_value && !generic {
                notes.add(
                    "exposure/secret-logged",
                    call.span.clone(),
                    name.clone(),
                    format!("{} prints {name}", call.name),
                );
            }
        }
    }
}

/// The secret variable that a text prints: `key: ${API_KEY}`.
fn interpolated_secret(text: &str) -> Option<String> {
    text.match_indices("${").find_map(|(at, _)| {
        let inner = text[at + 2..].split('}').next()?.trim();
        let plain = inner.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
        let name = inner.rsplit('.').next()?;
        (plain && words::is_secret_name(name)).then(|| name.to_owned())
    })
}

/// Commands that are given secrets, or print what they send.
pub(super) fn commands(file: &File<'_>, notes: &mut Notes) {
    for command in &file.document.commands {
        argument(file, command, notes);
    }
    for request in &file.document.requests {
        if request.urls.iter().filter_map(|url| request::host(&url.text)).any(|host| request::is_local(&host)) {
            continue;
        }
        let carries =
            request.headers.iter().any(|header| request::is_auth_header(&header.name)) || request.basic.is_some();
        if carries && request.options.contains(&"verbose") {
            notes.add(
                "exposure/request-dump",
                request.span.clone(),
                request.tool.clone(),
                format!("{} prints what it sends", request.tool),
            );
        }
    }
}

fn argument(file: &File<'_>, command: &Command, notes: &mut Notes) {
    const OPTIONS: [&str; 8] = [
        "--api-key",
        "--apikey",
        "--token",
        "--password",
        "--secret",
        "--auth-token",
        "--access-token",
        "--client-secret",
    ];
    let Some(program) = command.name() else { return };
    if matches!(program, "echo" | "printf" | "export" | "read" | "docker" | "kubectl" | "helm" | "gh") {
        return;
    }
    for (at, word) in command.words.iter().enumerate() {
        let (option, value) = match word.text.split_once('=') {
            Some((option, value)) => (option, Some((value.to_owned(), word.span.clone()))),
            None => (word.text.as_str(), command.words.get(at + 1).map(|next| (next.text.clone(), next.span.clone()))),
        };
        let Some((value, span)) = value.filter(|_| OPTIONS.contains(&option)) else { continue };
        let literal = file.key_in(&span).is_some();
        // `--api-key "$KEY_ID"` names a key and holds none.
        let variable = value.starts_with('$')
            && !value.starts_with("$(")
            && !words::names_no_secret(value.trim_matches(['$', '{', '}']));
        if literal || variable {
            let note = notes.add(
                "exposure/secret-on-command-line",
                span,
                format!("{program} {option}"),
                format!("{program} gets a secret by {option}"),
            );
            if literal {
                note.severity(Critical);
            }
        }
    }
}
