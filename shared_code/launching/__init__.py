"""
From a press on *Begin virtual visit*, or on *Join* in a text, to the meeting.

In: launches by SMART on FHIR (`StartLaunch`, `FinishLaunch`), presses on patients' links
(`JoinByLink`), and the clinician's sign-in at Microsoft, once (`SignIns`, `ConfirmAccount`).
Out: a page of the visit (`VisitPages`), which leads to Teams; who opened and pressed, to
attendance; the public keys that Epic verifies us with (`PublicKeys`).
Tables: `launches`, `sessions`, `ehrusers`. Queues: none.
Duties: `retire_launches`, `retire_sessions` erase ten minutes' rows together; `retire_ehr_user`
erases a link that nobody has used for 400 days.
"""

LAUNCHES = "launches"
SESSIONS = "sessions"
EHR_USERS = "ehrusers"

TABLES = {
    LAUNCHES: "Launches and sign-ins under way, each used once",
    SESSIONS: "The pages of those who launched, by the hash of their handle",
    EHR_USERS: "EHR users with their Microsoft accounts",
}

LOG_EVENTS = (
    "join.pressed",
    "launch.admitted",
    "launch.problem",
    "launch.problem_not_kept",
    "launch.refused",
    "launch.result_not_kept",
    "launch.started",
    "launching.key_unusable",
    "sign_in.changed",
    "sign_in.refused",
    "sign_in.started",
)
