# SPDX-License-Identifier: Apache-2.0
"""The error that is shown to the user instead of a traceback."""


class UserError(Exception):
    """Something the user can mend: one sentence that names the file, line or option and what is allowed.

    The command line prints it and exits with status 2.
    """
