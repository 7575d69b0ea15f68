"""Texts: sending, the SMS service's reports, the storm brake, the numbers of each day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_code.wiring.once import Stories, once

if TYPE_CHECKING:
    from shared_code.settings import Settings
    from shared_code.texting.flows.counting import Counting
    from shared_code.texting.flows.number_places import NumberPlaces
    from shared_code.texting.flows.results import TextResults
    from shared_code.texting.flows.send import SendText
    from shared_code.texting.flows.storm_brake import StormBrake
    from shared_code.texting.flows.submit import SubmitText
    from shared_code.wiring.links import LinksStories
    from shared_code.wiring.oversight import OversightStories
    from shared_code.wiring.ports import Ports


class TextingStories(Stories):
    """The stories of `texting`."""

    def __init__(
        self,
        settings: Settings,
        ports: Ports,
        worker: str,
        oversight: OversightStories,
        links: LinksStories,
    ) -> None:
        super().__init__(settings, ports)
        self._worker = worker
        self._oversight = oversight
        self._links = links

    @once
    def send_text(self) -> SendText:
        """Sends texts."""
        from shared_code.texting.flows.send import SendText

        return SendText(
            connections=self._ports.connections,
            appointments=self._ports.appointments,
            texts=self._ports.texts,
            opt_outs=self._ports.opt_outs,
            opt_out_source=self._ports.opt_out_source,
            switches=self._ports.switches,
            queues=self._ports.queues,
            rings=self._ports.rings,
            circuit=self._ports.circuit,
            rate=self._ports.rate,
            places=self.number_places,
            submit=self.submit_text,
            clock=self._ports.clock,
            worker=self._worker,
        )

    @once
    def number_places(self) -> NumberPlaces:
        """The texts of a day to a number."""
        from shared_code.texting.flows.number_places import NumberPlaces

        return NumberPlaces(
            days=self._ports.number_days,
            agenda=self._ports.agenda,
            rings=self._ports.rings,
            confirmation_delay=self._settings.confirmation_delay,
            clock=self._ports.clock,
        )

    @once
    def submit_text(self) -> SubmitText:
        """Makes the request to the SMS service."""
        from shared_code.texting.flows.submit import SubmitText
        from shared_code.texting.flows.text_problems import TextProblems

        return SubmitText(
            appointments=self._ports.appointments,
            texts=self._ports.texts,
            agenda=self._ports.agenda,
            problems=TextProblems(self._oversight.problems, self._ports.clock),
            opt_outs=self._ports.opt_outs,
            sender=self._ports.text_sender,
            wording=self._ports.wording,
            links=self._links.patient_links,
            counting=self.counting,
            confirmation_delay=self._settings.confirmation_delay,
            clock=self._ports.clock,
        )

    @once
    def text_results(self) -> TextResults:
        """Records the SMS service's reports."""
        from shared_code.texting.adapters.acs.events import works_in
        from shared_code.texting.flows.results import TextResults

        return TextResults(
            connections=self._ports.connections,
            texts=self._ports.texts,
            opt_outs=self._ports.opt_outs,
            queues=self._ports.queues,
            rings=self._ports.rings,
            counting=self.counting,
            problems=self._oversight.problems,
            clock=self._ports.clock,
            read_events=works_in,
        )

    @once
    def storm_brake(self) -> StormBrake:
        """Holds what is far more than usual."""
        from shared_code.texting.flows.storm_brake import StormBrake

        return StormBrake(
            connections=self._ports.connections,
            rate=self._ports.rate,
            switches=self._ports.switches,
            problems=self._oversight.problems,
            clock=self._ports.clock,
        )

    @once
    def counting(self) -> Counting:
        """What becomes of texts, by day."""
        from shared_code.texting.flows.counting import Counting

        return Counting(self._ports.counts, self._ports.agenda, self._ports.clock)
