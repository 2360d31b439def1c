from django.apps import AppConfig


class ProcessesConfig(AppConfig):
    name = "config.processes"
