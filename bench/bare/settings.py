from __future__ import annotations

import os

import environ

SECRET_KEY = "bench"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.bare.view"
DATABASES = {
    "default": environ.Env.db_url_config(os.environ["DATABASE_URL"])
    | {"CONN_MAX_AGE": 600, "OPTIONS": {"server_side_binding": True, "prepare_threshold": 1}}
}
LOGGING_CONFIG = None
USE_TZ = True
