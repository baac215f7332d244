//! Which format a file has, told from its path: reading every file to find out would cost more than the audit.

use super::lex::Lang;

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// YAML.
    Yaml,
    /// JSON with or without comments.
    Json,
    /// TOML.
    Toml,
    /// Terraform and its kin.
    Hcl,
    /// Terraform in JSON.
    HclJson,
    /// INI, properties, `.npmrc` and other files of sections and lines.
    Ini,
    /// `.env`
    Dotenv,
    /// A Dockerfile.
    Docker,
    /// Shell scripts, Makefiles.
    Shell,
    /// Source code.
    Source(Lang),
    /// Lines that only their own checks read: ignore files.
    Lines,
}

/// The format of a file; `None` where no check reads files of that name.
pub fn kind_of(path: &str, text: &str) -> Option<Kind> {
    let base = path.rsplit('/').next().unwrap_or(path);
    let lower = base.to_ascii_lowercase();
    if is_generated(&lower) {
        return None;
    }
    if is_dotenv(&lower) {
        return Some(Kind::Dotenv);
    }
    if lower.starts_with("dockerfile") || lower.starts_with("containerfile") || lower.ends_with(".dockerfile") {
        return Some(Kind::Docker);
    }
    match lower.as_str() {
        ".gitignore" | ".dockerignore" | ".npmignore" | ".gcloudignore" | ".helmignore" | ".gitleaksignore" => {
            return Some(Kind::Lines);
        }
        "security.md" | "contributing.md" => return Some(Kind::Lines),
        "readme.md" if text.contains("rotat") => return Some(Kind::Lines),
        ".secrets.baseline" => return Some(Kind::Json),
        ".bash_history" | ".zsh_history" | ".python_history" | ".psql_history" | ".mysql_history"
        | ".node_repl_history" | "fish_history" | ".rediscli_history" => return Some(Kind::Lines),
        ".npmrc" | ".yarnrc" | ".pypirc" | ".netrc" | "_netrc" | "pip.conf" | ".gitconfig" | ".pgpass" | ".s3cfg" => {
            return Some(Kind::Ini);
        }
        ".bashrc" | ".bash_profile" | ".zshrc" | ".profile" | ".envrc" | "makefile" | "gnumakefile" | "justfile"
        | "procfile" => {
            return Some(Kind::Shell);
        }
        "jenkinsfile" => return Some(Kind::Source(Lang::Java)),
        "rakefile" | "gemfile" | "fastfile" | "vagrantfile" => return Some(Kind::Source(Lang::Ruby)),
        _ => {}
    }
    let extension = lower.rsplit_once('.').map_or("", |(_, extension)| extension);
    Some(match extension {
        "yml" | "yaml" => Kind::Yaml,
        "tf" | "tfvars" | "hcl" | "tofu" | "nomad" => Kind::Hcl,
        "json" if lower.ends_with(".tf.json") || lower.ends_with(".tfvars.json") => Kind::HclJson,
        "json" | "jsonc" | "json5" | "ipynb" | "har" | "tfstate" => Kind::Json,
        // CloudFormation has templates in both.
        "template" if text.trim_start().starts_with('{') => Kind::Json,
        "template" if text.contains("Resources:") => Kind::Yaml,
        "toml" => Kind::Toml,
        "ini" | "cfg" | "conf" | "properties" => Kind::Ini,
        "sh" | "bash" | "zsh" | "ksh" | "mk" => Kind::Shell,
        "py" | "pyi" | "pyw" => Kind::Source(Lang::Python),
        "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" | "vue" | "svelte" | "astro" | "bicep" => {
            Kind::Source(Lang::Js)
        }
        "go" => Kind::Source(Lang::Go),
        "rs" => Kind::Source(Lang::Rust),
        "java" | "kt" | "kts" | "scala" | "groovy" | "gradle" | "swift" | "dart" => Kind::Source(Lang::Java),
        "cs" => Kind::Source(Lang::CSharp),
        "rb" => Kind::Source(Lang::Ruby),
        "php" => Kind::Source(Lang::Php),
        _ => return None,
    })
}

/// Whether a name is that of a dotenv file, of examples too.
pub fn is_dotenv(base: &str) -> bool {
    base == ".env"
        || base.starts_with(".env.")
        || (base.ends_with(".env") && base.len() > 4)
        || base == ".dev.vars"
        || base.starts_with("env.") && base.ends_with("example")
}

/// Locks and bundles: written by programs, large, and without anything that a check asks for.
fn is_generated(base: &str) -> bool {
    base.ends_with(".min.js")
        || base.ends_with("-lock.json")
        || base.ends_with("-lock.yaml")
        || matches!(
            base,
            "package-lock.json"
                | "composer.lock"
                | "cargo.lock"
                | "poetry.lock"
                | "yarn.lock"
                | "npm-shrinkwrap.json"
                | "go.sum"
                | "cargo.toml"
                | "tsconfig.json"
        )
        || base.ends_with(".d.ts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_format() {
        for (path, kind) in [
            ("a/.env", Some(Kind::Dotenv)),
            (".env.production", Some(Kind::Dotenv)),
            ("prod.env", Some(Kind::Dotenv)),
            ("Dockerfile.dev", Some(Kind::Docker)),
            ("main.tf", Some(Kind::Hcl)),
            ("main.tf.json", Some(Kind::HclJson)),
            ("a.tsx", Some(Kind::Source(Lang::Js))),
            ("Makefile", Some(Kind::Shell)),
            ("package-lock.json", None),
            ("README.md", None),
        ] {
            assert_eq!(kind_of(path, ""), kind, "{path}");
        }
    }
}
