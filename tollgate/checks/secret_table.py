"""The tokens that show by their own shape: what each begins with, and what follows.

Shapes are taken from what their issuers document or from tokens that they issue; each is as narrow as
it can be without losing real ones. `secret_shapes` reads the table.
"""

from __future__ import annotations

from tollgate.model.record import NamedTuple


class Shape(NamedTuple):
    """`beginning` is literal text, `rest` a pattern for what follows it. If `rest` has a group, that is
    the secret, else the whole token. `joined`: letters and digits may stand right before it. `pair`: it
    is `user:password` in base64, or nothing. `before`: so many characters in front belong to it."""

    kind: str
    beginning: str
    rest: str
    joined: bool = False
    pair: bool = False
    before: int = 0


_W = r"[A-Za-z0-9_-]"
_A = r"[A-Za-z0-9]"
_H = r"[0-9a-f]"
_B64 = r"[A-Za-z0-9+/]"


def _shapes(kind: str, beginnings: str, rest: str) -> list[Shape]:
    return [Shape(kind, beginning, rest) for beginning in beginnings.split()]


IN_RUNS: tuple[Shape, ...] = (
    *_shapes("AWS access key", "AKIA ASIA", rf"[A-Z0-9]{{16}}(?!{_A})"),
    *_shapes("GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_", rf"{_A}{{36,255}}"),
    *_shapes("GitHub token", "github_pat_", r"\w{22,255}"),
    *_shapes(
        "GitLab token",
        "glpat- gldt- glptt- glrt- glcbt- glft- glimt- glagent- gloas- glsoat-",
        r"[\w.-]{20,300}",
    ),
    *_shapes(
        "Slack token", "xoxb- xoxa- xoxp- xoxr- xoxs- xoxe- xoxo- xoxc- xoxd- xapp-", rf"{_W}{{10,300}}"
    ),
    *_shapes("Stripe key", "sk_live_ sk_test_ rk_live_ rk_test_", rf"{_A}{{16,255}}"),
    *_shapes("Stripe webhook secret", "whsec_", r"[A-Za-z0-9+/]{24,100}={0,2}"),
    *_shapes("Google API key", "AIza", rf"{_W}{{35}}(?!{_W})"),
    *_shapes("Google OAuth secret", "GOCSPX-", rf"{_W}{{20,100}}"),
    *_shapes("Google OAuth token", "ya29.", rf"{_W}{{20,1000}}"),
    *_shapes("npm token", "npm_", rf"{_A}{{36}}(?!{_A})"),
    *_shapes("PyPI token", "pypi-AgE pypi-AgN", rf"{_W}{{40,1000}}"),
    *_shapes("RubyGems key", "rubygems_", rf"{_H}{{48}}(?!{_A})"),
    *_shapes("SendGrid key", "SG.", rf"{_W}{{16,32}}\.{_W}{{16,64}}"),
    *_shapes("Twilio key", "SK", rf"{_H}{{32}}(?!{_A})"),
    *_shapes("Vault token", "hvs. hvb. hvr.", rf"{_W}{{20,1000}}"),
    *_shapes("Docker Hub token", "dckr_pat_ dckr_oat_", rf"{_W}{{20,100}}"),
    *_shapes("DigitalOcean token", "dop_v1_ doo_v1_ dor_v1_", rf"{_H}{{64}}(?!{_A})"),
    *_shapes("Shopify token", "shpat_ shpca_ shppa_ shpss_", r"[0-9a-fA-F]{32}(?![A-Za-z0-9])"),
    *_shapes("Square token", "sq0atp- sq0csp-", rf"{_W}{{22,60}}"),
    *_shapes("Hugging Face token", "hf_", rf"{_A}{{30,100}}"),
    *_shapes("Anthropic key", "sk-ant-", rf"{_W}{{24,300}}"),
    *_shapes("OpenAI key", "sk-proj- sk-svcacct-", rf"{_W}{{20,300}}"),
    *_shapes("OpenAI key", "sk-", rf"{_A}{{32,100}}(?!{_W})"),
    *_shapes("Grafana token", "glsa_ glc_", r"[A-Za-z0-9_+/]{32,400}={0,2}"),
    *_shapes("Linear key", "lin_api_", rf"{_A}{{32,100}}"),
    *_shapes("Pulumi token", "pul-", rf"{_H}{{40}}(?!{_A})"),
    *_shapes("Atlassian token", "ATATT3", r"[\w=-]{50,400}"),
    *_shapes("Doppler token", "dp.pt. dp.st. dp.ct. dp.sa.", r"[A-Za-z0-9._-]{20,100}"),
    *_shapes("NVIDIA key", "nvapi-", rf"{_W}{{40,100}}"),
    *_shapes("Sentry token", "sntrys_ sntryu_", r"[A-Za-z0-9_+/=]{32,500}"),
    *_shapes("Tailscale key", "tskey-", rf"{_W}{{20,100}}"),
    *_shapes("Figma token", "figd_", rf"{_W}{{30,100}}"),
    *_shapes("Replicate token", "r8_", rf"{_A}{{37}}(?!{_A})"),
    *_shapes("Databricks token", "dapi", rf"{_H}{{32}}(?!{_A})"),
    *_shapes("PlanetScale token", "pscale_tkn_ pscale_pw_ pscale_oauth_", r"[\w.=-]{32,100}"),
    *_shapes("Postman key", "PMAK-", r"[0-9a-f-]{40,80}"),
    *_shapes("New Relic key", "NRAK- NRRA-", rf"{_A}{{20,60}}"),
    *_shapes("Supabase token", "sbp_", rf"{_H}{{40}}(?!{_A})"),
    *_shapes("Artifactory key", "AKCp cmVmdGtu", rf"{_A}{{40,100}}"),
    *_shapes("Mailgun key", "key-", rf"{_H}{{32}}(?!{_A})"),
    *_shapes("age key", "AGE-SECRET-KEY-1", r"[A-Z0-9]{50,70}"),
    *_shapes("JSON web token", "eyJ", rf"{_W}{{8,8000}}\.eyJ{_W}{{2,8000}}(?:\.{_W}{{0,8000}})?"),
    *_shapes("Buildkite token", "bkua_", rf"{_H}{{40}}(?!{_A})"),
    *_shapes("CircleCI token", "CCIPAT_", rf"{_W}{{40,100}}"),
    Shape("Telegram token", ":AA", rf"{_W}{{33}}(?!{_W})", joined=True),
    Shape("Terraform token", ".atlasv1.", rf"{_W}{{60,100}}", joined=True, before=14),
    Shape("Azure client secret", "Q~", r"[\w.~-]{31,34}(?![\w.~-])", joined=True, before=4),
)
"""Shapes with a run of at least 20 of `A-Za-z0-9_-`; their beginning is in it or right before it."""

ANYWHERE: tuple[Shape, ...] = (
    Shape("Azure storage key", "AccountKey=", rf"({_B64}{{40,100}}={{0,2}})", joined=True),
    Shape("Azure access key", "SharedAccessKey=", rf"({_B64}{{40,100}}={{0,2}})"),
    Shape("Azure shared access signature", "sig=", r"([A-Za-z0-9%+/]{20,100}=?)"),
    Shape(
        "Slack webhook",
        "hooks.slack.com/",
        rf"(?:services|workflows|triggers)/({_A}{{6,20}}/{_A}{{6,20}}/{_A}{{16,40}})",
    ),
    Shape("Discord webhook", "/api/webhooks/", rf"[0-9]{{15,22}}/({_W}{{50,100}})", joined=True),
    Shape("bearer token", "earer ", r" {0,4}([A-Za-z0-9._~+/-]{20,8000}={0,2})", joined=True),
    Shape("basic credentials", "asic ", rf" {{0,4}}({_B64}{{8,1000}}={{0,2}})", joined=True, pair=True),
    Shape(
        "registry credentials",
        "auth",
        rf"""(?:\\?"\s{{0,8}}:\s{{0,8}}\\?"|=["']?)({_B64}{{8,4000}}={{0,2}})""",
        joined=True,
        pair=True,
    ),
    Shape("npm token", "_authToken=", r"""["']?([^\s"'$]{8,400})""", joined=True),
    Shape(
        "password hash",
        "$",
        r"(?:2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}|6\$[^\s$:]{1,32}\$[./A-Za-z0-9]{86}|5\$[^\s$:]{1,32}\$[./A-Za-z0-9]{43}|"
        r"apr1\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}|argon2id?\$[^\s]{30,200})",
        joined=True,
    ),
)
"""Shapes that need no such run."""
