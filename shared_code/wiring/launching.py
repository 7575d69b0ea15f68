"""Launches: from Epic's button or a patient's link to the meeting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_code.wiring.once import Stories, once

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared_code.agenda.domain import Duty
    from shared_code.agenda.flows import Handler
    from shared_code.attendance.flows import Attendance
    from shared_code.launching.flows.buckets import Buckets
    from shared_code.launching.flows.confirm import ConfirmAccount
    from shared_code.launching.flows.finish import FinishLaunch
    from shared_code.launching.flows.handoff import Handoffs
    from shared_code.launching.flows.join_by_link import JoinByLink
    from shared_code.launching.flows.open_page import OpenPage
    from shared_code.launching.flows.public_keys import PublicKeys
    from shared_code.launching.flows.secrets import BrowserSecrets
    from shared_code.launching.flows.sign_in import SignIns
    from shared_code.launching.flows.start import StartLaunch
    from shared_code.launching.flows.trouble import LaunchTrouble
    from shared_code.launching.flows.visit_page import VisitPages
    from shared_code.settings import Settings
    from shared_code.wiring.links import LinksStories
    from shared_code.wiring.oversight import OversightStories
    from shared_code.wiring.ports import Ports
    from shared_code.wiring.visits import VisitsStories


class LaunchingStories(Stories):
    """The stories of `launching` and `attendance`."""

    def __init__(
        self,
        settings: Settings,
        ports: Ports,
        oversight: OversightStories,
        links: LinksStories,
        visits: VisitsStories,
    ) -> None:
        super().__init__(settings, ports)
        self._oversight = oversight
        self._links = links
        self._visits = visits
        self._callback = f"{settings.public_url}/launch/callback"

    @once
    def public_keys(self) -> PublicKeys:
        """Our public keys, for Epic."""
        from shared_code.launching.flows.public_keys import PublicKeys

        return PublicKeys(self._ports.connections, self._ports.secrets)

    @once
    def start(self) -> StartLaunch:
        """Starts launches."""
        from shared_code.launching.flows.start import StartLaunch

        return StartLaunch(
            connections=self._ports.connections,
            launches=self._ports.launches,
            epic=self._ports.epic,
            secrets=self._secrets,
            buckets=self._buckets,
            trouble=self._trouble,
            callback=self._callback,
            tenant=self._settings.launching_tenant,
            clock=self._ports.clock,
        )

    @once
    def finish(self) -> FinishLaunch:
        """Finishes launches."""
        from shared_code.launching.flows.admit import Admit
        from shared_code.launching.flows.csn_check import CsnCheck
        from shared_code.launching.flows.finish import FinishLaunch

        ports = self._ports
        admit = Admit(
            appointments=ports.appointments,
            visits=ports.visits,
            users=ports.linked_users,
            attendance=self.attendance,
            open_page=self._open_page,
            csn_check=CsnCheck(ports.switches, self._trouble, ports.clock),
            trouble=self._trouble,
            epic=ports.epic,
            rings=ports.rings,
            clock=ports.clock,
        )
        return FinishLaunch(
            connections=ports.connections,
            launches=ports.launches,
            epic=ports.epic,
            admit=admit,
            secrets=self._secrets,
            trouble=self._trouble,
            callback=self._callback,
            clock=ports.clock,
        )

    @once
    def pages(self) -> VisitPages:
        """Shows the pages of visits."""
        from shared_code.launching.flows.visit_page import VisitPages

        return VisitPages(
            sessions=self._ports.sessions,
            connections=self._ports.connections,
            appointments=self._ports.appointments,
            users=self._ports.linked_users,
            prepare=self._visits.prepare_visit,
            attendance=self.attendance,
            handoffs=self._handoffs,
            secrets=self._secrets,
            public_url=self._settings.public_url,
            clock=self._ports.clock,
        )

    @once
    def sign_ins(self) -> SignIns:
        """Signs clinicians in to Microsoft."""
        from shared_code.launching.flows.sign_in import SignIns

        return SignIns(
            connections=self._ports.connections,
            sessions=self._ports.sessions,
            launches=self._ports.launches,
            microsoft=self._ports.microsoft,
            buckets=self._buckets,
            handoffs=self._handoffs,
            secrets=self._secrets,
            trouble=self._trouble,
            clock=self._ports.clock,
        )

    @once
    def confirm(self) -> ConfirmAccount:
        """Links and unlinks Microsoft accounts."""
        from shared_code.launching.flows.confirm import ConfirmAccount

        return ConfirmAccount(
            sign_ins=self.sign_ins,
            sessions=self._ports.sessions,
            connections=self._ports.connections,
            appointments=self._ports.appointments,
            launches=self._ports.launches,
            users=self._ports.linked_users,
            open_page=self._open_page,
            agenda=self._ports.agenda,
            audit=self._ports.audit,
            clock=self._ports.clock,
        )

    @once
    def join_by_link(self) -> JoinByLink:
        """Lets patients join by their link."""
        from shared_code.launching.flows.join_by_link import JoinByLink

        return JoinByLink(
            links=self._links.patient_links,
            visits=self._ports.visits,
            attendance=self.attendance,
            open_page=self._open_page,
            secrets=self._secrets,
            rings=self._ports.rings,
            clock=self._ports.clock,
        )

    @once
    def attendance(self) -> Attendance:
        """Records who is there."""
        from shared_code.attendance.flows import Attendance

        ports = self._ports
        return Attendance(ports.attendees, ports.visits, ports.agenda, ports.clock)

    def handlers(self) -> Mapping[Duty, Handler]:
        """Return what the agenda calls."""
        from shared_code.launching.flows.linked_users import RetireLinkedUsers

        users = RetireLinkedUsers(self._ports.linked_users, self._ports.clock)
        return {
            **self._buckets.handlers(),
            **users.handlers(),
            **self.attendance.handlers(),
        }

    @once
    def _buckets(self) -> Buckets:
        from shared_code.launching.flows.buckets import Buckets

        ports = self._ports
        return Buckets(ports.agenda, ports.launches, ports.sessions, ports.clock)

    @once
    def _secrets(self) -> BrowserSecrets:
        import secrets

        from shared_code.launching.flows.secrets import BrowserSecrets

        return BrowserSecrets(self._ports.rings, secrets.token_bytes)

    @once
    def _trouble(self) -> LaunchTrouble:
        from shared_code.launching.flows.trouble import LaunchTrouble

        return LaunchTrouble(self._oversight.problems, self._ports.clock)

    @once
    def _handoffs(self) -> Handoffs:
        import secrets

        from shared_code.launching.flows.handoff import Handoffs

        return Handoffs(self._ports.rings, secrets.token_bytes)

    @once
    def _open_page(self) -> OpenPage:
        from shared_code.launching.flows.open_page import OpenPage

        return OpenPage(self._ports.sessions, self._buckets, self._secrets, self._ports.clock)
