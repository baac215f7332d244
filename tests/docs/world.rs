//! Where the commands of a page run: a repository "shop" with the three commits of the README's screen, and beside and
//! in it whatever pages name.

use crate::cli::{ONE, TWO, key};
use git2::{Repository, RepositoryInitOptions, Signature, Time};
use std::path::{Path, PathBuf};
use std::process::Command;

const ANN: (&str, &str) = ("Ann Example", "ann@example.org");
const BOB: (&str, &str) = ("Bob Example", "bob@example.org");

/// A temporary folder with a home and the repository in which commands are typed.
pub struct World {
    dir: tempfile::TempDir,
}

impl World {
    pub fn new() -> Self {
        let world = Self { dir: tempfile::tempdir().expect("temp dir") };
        for folder in ["man/man1", "bash-completion/completions"] {
            std::fs::create_dir_all(world.home().join(".local/share").join(folder)).expect("folder");
        }
        world.history();
        world.others();
        world.reports();
        world
    }

    /// The same world at another place.
    pub fn again(&self) -> Self {
        let dir = tempfile::tempdir().expect("temp dir");
        copy(self.dir.path(), dir.path());
        Self { dir }
    }

    /// Where commands are typed.
    pub fn shop(&self) -> PathBuf {
        self.dir.path().join("shop")
    }

    pub fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    /// Writes a file of the shop.
    pub fn write(&self, path: &str, text: &str) {
        write(&self.shop(), path, text);
    }

    fn keyhound(&self, words: &[&str]) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyhound"));
        let output = command.args(words).current_dir(self.shop()).env_clear().output().expect("runs");
        assert!(matches!(output.status.code(), Some(0 | 1)), "{words:?}: {output:?}");
    }

    /// main is what origin has, and HEAD a branch with a key more; a third key is staged.
    fn history(&self) {
        let repo = init(&self.shop(), "main");
        let settings = "REGION=eu-central\nLOG_LEVEL=info\n";
        let with_key = format!("{settings}AIRCLOU_API_KEY={}\n", key(ONE));
        commit(&repo, "config/prod.env", settings, "Start the shop", ANN, 1_772_445_600);
        commit(&repo, "config/prod.env", &with_key, "Deploy to production", ANN, 1_772_532_000);
        commit(&repo, "config/prod.env", settings, "Read the key from the environment", BOB, 1_773_223_200);
        self.keyhound(&["baseline", "create", "--staged"]);
        let baseline = std::fs::read_to_string(self.shop().join("keyhound.baseline")).expect("was written");
        commit(&repo, "keyhound.baseline", &baseline, "Begin a baseline", BOB, 1_773_223_300);
        let main = repo.head().and_then(|head| head.peel_to_commit()).expect("a commit");
        repo.reference("refs/remotes/origin/main", main.id(), true, "fetched").expect("a ref");
        repo.branch("billing", &main, false).expect("a branch");
        repo.set_head("refs/heads/billing").expect("checked out");
        let call = format!(
            "import requests\n\nTOKEN = \"{}\"\n\n\ndef bill(order):\n    return requests.post(\n        \"http://app.airclou.com/playbook/api/v1/orders\",\n        headers={{\"Authorization\": f\"Bearer {{TOKEN}}\"}},\n        json=order,\n    )\n",
            key(TWO)
        );
        commit(&repo, "src/billing.py", &call, "Bill orders", ANN, 1_773_309_600);
        let kms = "resource \"aws_kms_key\" \"orders\" {\n  description         = \"orders\"\n  enable_key_rotation = false\n}\n";
        commit(&repo, "infra/main.tf", kms, "Encrypt orders", BOB, 1_773_396_000);
        self.write("src/mail.py", &format!("MAIL_TOKEN = \"{}\"\n", crate::history::repo::key(0)));
        add(&repo, "src/mail.py");
    }

    /// Repositories, folders and files that pages name.
    fn others(&self) {
        for (n, name) in
            ["clones/api", "clones/site", "clones/tools", "path/to/repository", "REPOSITORY"].iter().enumerate()
        {
            let repo = init(&self.shop().join(name), "main");
            let text = format!("api_key = \"{}\"\n", crate::history::repo::key(n % 3));
            commit(&repo, "settings.py", &text, "Begin", ANN, 1_773_000_000);
            commit(&repo, "settings.py", "api_key = load()\n", "Load the key", BOB, 1_773_090_000);
        }
        let fixture = std::fs::read_to_string("fixtures/hygiene/rotation/aws-kms-disabled/bad/main.tf");
        self.write("CASE/main.tf", &fixture.expect("a case"));
        for path in [".gitleaks.toml", "gitleaks.toml"] {
            let rule = "[[rules]]\nid = \"shop-voucher\"\ndescription = \"Voucher\"\nregex = '''vch_[a-z0-9]{20}'''\nkeywords = [\"vch_\"]\n";
            self.write(path, &format!("title = \"shop\"\n\n{rule}"));
        }
        // The README's example, where a page shows none of its own.
        let readme = std::fs::read_to_string("README.md").expect("the README");
        let rule = readme.split("```toml\n").find(|block| block.contains("[[rule.example]]")).expect("a rule file");
        self.write("security/rules/acme.toml", rule.split_once("```").expect("ends").0);
        self.write("key.txt", &format!("AIRCLOU_API_KEY={}\n", key(ONE)));
        self.write("app.log", "nothing to see\n");
    }

    /// Reports that a reader has from elsewhere.
    fn reports(&self) {
        self.keyhound(&["scan", "--output", "keys.json", "--report", "keys.sarif", "--no-audit"]);
        for part in ["1", "2", "3"] {
            let (shard, file) = (format!("{part}/3"), format!("part-{part}.jsonl"));
            self.keyhound(&["scan", "--repos", "clones/", "--shard", &shard, "--output", &file]);
        }
    }
}

fn init(at: &Path, branch: &str) -> Repository {
    Repository::init_opts(at, RepositoryInitOptions::new().mkpath(true).initial_head(branch)).expect("a repository")
}

fn write(folder: &Path, path: &str, text: &str) {
    let file = folder.join(path);
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("folder");
    std::fs::write(file, text).expect("file");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("folder");
    for entry in std::fs::read_dir(from).expect("the folder can be listed") {
        let entry = entry.expect("entry");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).expect("copies");
        }
    }
}

fn add(repo: &Repository, path: &str) -> git2::Oid {
    let mut index = repo.index().expect("an index");
    index.add_path(Path::new(path)).expect("added");
    index.write().expect("written");
    index.write_tree().expect("a tree")
}

/// Commits one file.
fn commit(repo: &Repository, path: &str, text: &str, summary: &str, (name, email): (&str, &str), time: i64) {
    write(repo.workdir().expect("a worktree"), path, text);
    let tree = repo.find_tree(add(repo, path)).expect("the tree");
    let who = Signature::new(name, email, &Time::new(time, 0)).expect("a signature");
    let parent = repo.head().ok().map(|head| head.peel_to_commit().expect("a commit"));
    let parents: Vec<_> = parent.iter().collect();
    repo.commit(Some("HEAD"), &who, &who, summary, &tree, &parents).expect("a commit");
}
