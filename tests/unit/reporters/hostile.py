"""A report in which everything that comes from a repository is hostile or secret."""

from __future__ import annotations

from tests.unit.reporters.build import At, Files, finding, fixed, report
from tollgate.model.finding import Edit, Fix, Note, Suppression
from tollgate.model.report import LintedFile, Report, RuleInfo

SECRETS = (
    "ghp_Zk4pQw8RtYx2LmVn6BsJd0HfGc3AeU7iOo9T",
    "-----BEGIN KEY-----\nMIIEvQIBADANBgkqh\nkiG9w0BAQEFAASC\n-----END KEY-----",
    "s3cr3t",
    "pass\x1bword\u202e!",
)

NASTY = (
    "\x1b[2J\x07\x9b31m \u202ecod\u2066 \u2028::error::pwned\n::stop-commands::x\r"
    "##[group]a ]](0) \\ % <b>&\"' \udcff 運🚀"
)

NAMES = (
    "plain.yaml",
    "new\nline\n::error::x.yaml",
    "\x1b]0;title\x07.yaml",
    'quo"te\\back.yaml',
    "sp ace/per%cent,co:mma].yaml",
    "bidi\u202e\u2028.yaml",
    "bytes\udcff\udc80.yaml",
    "運用🚀.yaml",
    "-leading.yaml",
)


def hostile_report() -> Report:
    """Each file holds every secret, masked, on lines of their own, and the nasty text."""
    files = Files()
    findings, changed = [], []
    for path in NAMES:
        text = "".join(f"key{number}: {secret}\n" for number, secret in enumerate(SECRETS))
        text += f"# {NASTY}\n\nfix: me\nuse: it\nok: 1\nok: 2\nok: 3\n"
        files.add(path, text, secrets=SECRETS)
        new = text.replace("fix: me", "fix: you").replace("ok: 2", f"ok: {SECRETS[0]}")
        for number, secret in enumerate(SECRETS):
            said = f"{NASTY} {secret} in {path}"
            findings.append(
                finding(
                    files,
                    f"secret-{number}",
                    At(path, secret),
                    said,
                    object_name=said,
                    object_kind="Kind " + NASTY,
                    related=(files.related(path, "fix", said), files.related(NAMES[0], secret, said)),
                    fix=Fix(said, False, (Edit(0, 2, said), Edit(3, 3, secret))),
                )
            )
        mine = finding(files, "fixed", At(path, "me"), NASTY, fix=files.fix(path, "me", "you", title=NASTY))
        findings.append(mine)
        findings.append(
            finding(
                files, "hushed", At(path, "use"), NASTY, suppressed=Suppression("comment", NASTY, NASTY, 1)
            )
        )
        changed.append(fixed(files, path, new, mine))
    rule = RuleInfo(
        "fixed",
        NASTY,
        "error",
        why=NASTY,
        sets=(NASTY,),
        equivalents={NASTY: (NASTY,)},
        references=("javascript:x", "https://ok.example/a", f"https://x/{NASTY}"),
        url=f"https://x/{NASTY}",
        security_severity="7.0",
    )
    return report(
        files,
        *findings,
        rules=(rule, RuleInfo("secret-0", NASTY, "error", security_severity="9.0")),
        notes=tuple(Note(path, 3, NASTY, "template") for path in NAMES),
        errors=(NASTY,),
        linted=tuple(LintedFile(path, "manifest", 1) for path in NAMES),
        policy_path="p\n" + NASTY,
        fixed=tuple(changed),
    )
