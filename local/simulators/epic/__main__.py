"""
`python -m local.simulators.epic`: send scheduling messages from the command line.

Prints the HTTP status and the acknowledging segments, never a message. Exits with 0 only if every
message was accepted.
"""

import argparse
import http.client
import sys
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from local.arguments import readable_file, zone_name
from local.certificates import IDENTITIES, Certificates, Identity, ensure
from local.simulators.clock import clock_from_environment
from local.simulators.epic import messages, sender


def main() -> int:
    arguments = _arguments()
    clock = clock_from_environment()
    certificates = ensure(arguments.directory, clock.real_now())
    now = clock.now().astimezone(ZoneInfo(arguments.zone)).replace(tzinfo=None)
    bodies = _bodies(arguments, now)
    identity = _identity(certificates, arguments.identity)
    results = [_send(arguments, body, identity, certificates.ca_file) for body in bodies]
    return 0 if all(results) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.simulators.epic")
    parser.add_argument("--url", required=True, help="the door: https://localhost:PORT/hl7/ID")
    parser.add_argument("--directory", type=Path, default=Path("build/simulators"))
    parser.add_argument("--event", default="S12", help="S12 to S26")
    parser.add_argument("--key", help="appointment number; derived from the time if not given")
    parser.add_argument("--phone", default="(608)555-0142")
    parser.add_argument(
        "--dialect",
        default=messages.EPIC,
        choices=[messages.EPIC, messages.HL7],
        help="how phones are typed: P^H and P^M, home first, or PRN^CP",
    )
    parser.add_argument("--language", default="ENG")
    parser.add_argument("--in", dest="hours", type=float, default=48, help="hours until the start")
    parser.add_argument(
        "--zone", type=zone_name, default="America/Chicago", help="the hospital's wall clock"
    )
    parser.add_argument("--processing", default="P", choices=["P", "T"], help="MSH-11")
    parser.add_argument("--in-person", action="store_true", help="no video visit")
    parser.add_argument("--identity", default="epic", choices=[*IDENTITIES, "none"])
    parser.add_argument("--sign", action="store_true", help="add a detached signature")
    parser.add_argument("--chunked", action="store_true", help="send without a length")
    parser.add_argument("--duplicate", type=int, default=1, metavar="N", help="send N times")
    parser.add_argument("--shuffle", type=int, metavar="SEED", help="in a random order")
    parser.add_argument(
        "--sample",
        type=readable_file,
        action="append",
        default=[],
        help="a stored message, re-stamped",
    )
    return parser.parse_args()


def _bodies(arguments: argparse.Namespace, now: datetime) -> list[bytes]:
    start = now + timedelta(hours=arguments.hours)
    first_id = f"{now:%y%m%d%H%M%S}{now.microsecond // 1000:03d}"
    if arguments.sample:
        found = [
            messages.fresh(sample.read_bytes(), start, now, str(int(first_id) + place))
            for place, sample in enumerate(arguments.sample)
        ]
    else:
        code, name = messages.OFFICE_VISIT if arguments.in_person else messages.VIDEO_VISIT
        found = [
            messages.schedule_message(
                arguments.event,
                key=arguments.key or first_id[-9:],
                start_local=start,
                control_id=first_id,
                created=now,
                phone=arguments.phone,
                dialect=arguments.dialect,
                language=arguments.language,
                visit_code=code,
                visit_name=name,
                processing=arguments.processing,
            )
        ]
    found = messages.duplicated(found, arguments.duplicate)
    return found if arguments.shuffle is None else messages.shuffled(found, arguments.shuffle)


def _identity(certificates: Certificates, name: str) -> Identity | None:
    return None if name == "none" else certificates.identities[name]


def _send(
    arguments: argparse.Namespace, body: bytes, identity: Identity | None, ca_file: Path
) -> bool:
    signature = sender.sign_detached(body, identity) if arguments.sign and identity else None
    try:
        answer = sender.post(
            arguments.url,
            body,
            identity=identity,
            ca_file=ca_file,
            signature=signature,
            chunked=arguments.chunked,
        )
    except (OSError, http.client.HTTPException) as failure:
        print(f"no answer: {type(failure).__name__}")
        return False
    print(f"HTTP {answer.status}", *answer.segments("MSA", "ERR"), answer.sentence)
    return answer.accepted


if __name__ == "__main__":
    sys.exit(main())
