"""Backups: one file that holds all of an installation but its encryption key, and the way back."""

from app.admin.service.backup.archive import BackupError, Manifest, read_manifest
from app.admin.service.backup.make import backup, backup_before_upgrade, daily_backup, prune
from app.admin.service.backup.restore import Restored, restore

__all__ = [
    "BackupError",
    "Manifest",
    "Restored",
    "backup",
    "backup_before_upgrade",
    "daily_backup",
    "prune",
    "read_manifest",
    "restore",
]
