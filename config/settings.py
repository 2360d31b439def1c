"""Everything an installation may set, read from the environment once.

Without any variable the project runs on SQLite below `var/`, with DEBUG off and a
secret key that `scripts/serve` made; a production check (`check --deploy`) names what is missing.
"""

from pathlib import Path

import dj_database_url

from config.back_office import UNFOLD as UNFOLD
from config.environment import flag, given, words

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(given("OUTDIAL_VAR", str(BASE_DIR / "var")))

DEBUG = flag("DEBUG")
SECRET_KEY = given("SECRET_KEY", "")
SECRET_KEY_FALLBACKS = words("SECRET_KEY_FALLBACKS")
# Encrypts carrier credentials; a list so that keys can be turned over. Without one it is derived from SECRET_KEY.
CREDENTIAL_KEYS = words("CREDENTIAL_KEYS")
ALLOWED_HOSTS = words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")
# Where carriers reach us: the events address in every call request begins with it.
PUBLIC_URL = given("PUBLIC_URL", f"http://127.0.0.1:{given('PORT', '8000')}").rstrip("/")

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.forms",  # its widgets' templates, for FORM_RENDERER
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "django_q",
    "drf_spectacular",
    "import_export",
    "rest_framework",
    "template_partials",
    "config.processes",
    "accounts",
    "contacts",
    "telephony",
    "campaigns",
    "goals",
    "analytics",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.workspace_middleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.workspace",
            ],
            "builtins": ["template_partials.templatetags.partials"],
        },
    }
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # so that widgets of ours find their templates

OUR_FILE = f"sqlite:///{VAR_DIR / 'outdial.sqlite3'}"
DATABASES = {"default": dj_database_url.parse(given("DATABASE_URL", OUR_FILE), conn_max_age=600)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE takes the write lock at BEGIN: with four busy writers, 0 "database is locked" instead of thousands.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728; PRAGMA cache_size=-20000;"
        ),
    }
else:
    # Just-in-time compilation costs more than these short queries take.
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c jit=off"

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "campaigns:list"
AXES_FAILURE_LIMIT = 10
AXES_USERNAME_FORM_FIELD = "username"  # what the sign-in form calls it; the model's field is "email"
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
AXES_VERBOSE = False

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
FORMAT_MODULE_PATH = ["config.formats"]
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "files"},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_HANDLERS = ["contacts.importing.receiving.LimitedUpload"]
FILE_UPLOAD_TEMP_DIR = given("UPLOAD_TEMP_DIR") or None

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # What all web processes of a machine must count together: throttles.
    "shared": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": VAR_DIR / "cache"},
}

API_RATE = given("API_RATE", "1200/min")  # requests a token
INTAKE_RATE = given("INTAKE_RATE", "600/min")  # requests a campaign's intake
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.tokens.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.tokens.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser", "rest_framework.parsers.MultiPartParser"],
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "rest_framework.filters.OrderingFilter",
    ],
    "DEFAULT_SCHEMA_CLASS": "accounts.rest.schema.Described",
    "EXCEPTION_HANDLER": "config.api.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Outdial API",
    "VERSION": "v1",
    "DESCRIPTION": "Outbound calling campaigns: everything that the pages can do, for programs.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "NumberDirectionEnum": "telephony.models.NumberDirection",
        "CallDirectionEnum": "campaigns.choices.Direction",
        "FileKindEnum": "contacts.models.FileKind",
        "ExportKindEnum": "analytics.models.ExportKind",
        "FileStatusEnum": "contacts.models.UploadStatus",
        "JobStatusEnum": "accounts.jobs.JobStatus",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "accounts.rest.schema.describe_refusals",
    ],
}

DIAL_CLUSTERS = ("dial-a", "dial-b")
# Dial runners that are live at the same time; workspaces are spread over them. SQLite has one writer: two are enough.
DIAL_SLOTS = int(given("DIAL_SLOTS", "2"))
_DIAL_WORKERS = max(1, -(-DIAL_SLOTS // len(DIAL_CLUSTERS)))  # a worker for each of a cluster's slots

Q_CLUSTER = {
    "name": "work",  # also the salt of every task's signature: one for all clusters. Q_CLUSTER_NAME picks the queue
    "orm": "default",
    "workers": 1,
    "timeout": 600,
    "retry": 900,  # above the timeout, or a running task would be handed out a second time
    "ack_failures": True,
    "max_attempts": 1,
    "catch_up": False,
    "save_limit": -1,
    "poll": 0.2,
    "ALT_CLUSTERS": {
        "dial-a": {"timeout": 60, "retry": 90, "workers": _DIAL_WORKERS},
        "dial-b": {"timeout": 60, "retry": 90, "workers": _DIAL_WORKERS},
        "work": {"timeout": 600, "retry": 900, "workers": 1},
    },
}

# Called with the cluster's name before its processes start.
ON_CLUSTER_START = ("campaigns.tasks.start_cluster", "config.processes.background.stand_back")
# Asked by big work, which gives way to calls.
CALLS_ARE_MADE = "campaigns.dialing.lately.calls_are_made"

CONTENT_SECURITY_POLICY = {
    # The admin's script builds code from strings; accounts.middleware sets a policy of its own for it.
    "EXCLUDE_URL_PREFIXES": ["/admin/"],
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    },
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# On behind HTTPS; off for the localhost start, where a browser would refuse secure cookies.
HTTPS = flag("HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if flag("BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"intake": {"()": "config.masking.IntakeAddresses"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["intake"]}},
    "root": {"handlers": ["console"], "level": given("LOG_LEVEL", "INFO")},
    "loggers": {"axes": {"level": "WARNING"}},
}
