"""Two naive senders: a loop over the SDK as its manual shows it, and Prefect's mapped task that does so for one person.

    python -m bench.one_by_one URL COUNT     # one Prefect task per person; prints the seconds

They send the same words to the same provider as ours does, and know nothing afterwards.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"


def mailer(url: str, kind: str) -> Callable[[int], None]:
    """Return what sends one mail to the person of a number, by the SDK's own Mail class."""
    from fakes.house import wording
    from sendgrid import SendGridAPIClient
    from sendgrid.helpers.mail import CustomArg, Mail, Personalization, To

    from forthwith.filling.content import fill

    slots = {"code": "ABCD-EFGH", "verify_url": "https://x.example/verify#ABCD-EFGH"}
    client, body = SendGridAPIClient("SG.bench", host=url), wording("email")

    def send(number: int) -> None:
        filled = fill(body, {**slots, "name": f"Person {number}"})
        mail = Mail("a@example.com", subject=filled.subject, plain_text_content=filled.text, html_content=filled.html)
        one = Personalization()
        one.add_to(To(f"p{number}@example.org"))
        one.add_custom_arg(CustomArg("delivery", f"{kind}-{number}"))
        mail.add_personalization(one)
        client.send(mail)

    return send


def sdk(url: str, count: int) -> float:
    """Send one by one; return e-mails a second."""
    send, began = mailer(url, "sdk"), time.perf_counter()
    for number in range(count):
        send(number)
    return count / (time.perf_counter() - began)


def prefect(url: str, count: int) -> float:
    """Send by one Prefect task per person, on a real server with its PostgreSQL; return e-mails a second."""
    from flows import surroundings
    from flows.serving import running

    with running(web=False, prefect_port=0):
        paths = os.pathsep.join((str(TESTS.parent), str(TESTS)))
        env = {**surroundings.environment(Path(sys.executable).parent), "PYTHONPATH": paths}
        told = subprocess.run(
            [sys.executable, "-m", "bench.one_by_one", url, str(count)],
            env=env, stdout=subprocess.PIPE, text=True, check=True,
        ).stdout  # fmt: skip
    return count / float(told.split()[-1])


def _map(url: str, count: int) -> float:
    """Run one flow with a mapped task for each person; return the seconds that it took once it was warm."""
    from prefect import flow, task
    from prefect.cache_policies import NO_CACHE

    send = mailer(url, "task")
    one = task(send, name="send", cache_policy=NO_CACHE)

    @flow(name="one task per person")
    def everybody(numbers: range) -> None:
        one.map(list(numbers)).result()

    everybody(range(0))
    began = time.perf_counter()
    everybody(range(count))
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.path.insert(0, str(TESTS))
    print(_map(sys.argv[1], int(sys.argv[2])))
