from tests.admin.conftest import alfa, beta, cheap_passwords, staff

__all__ = ["alfa", "beta", "cheap_passwords", "staff"]
