"""JSON for the administrators of a WordPress site: only ever the asking site's own."""

from app.admin.api import ai as ai
from app.admin.api import business as business
from app.admin.api import money as money
from app.admin.api import prompts as prompts
from app.admin.api import screens as screens
from app.admin.api import views as views
from app.admin.api.blueprint import api as api
