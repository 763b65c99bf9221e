"""Which tasks in doubt may be sent once more under their name, where the vendor takes a name only once. Pure."""

from runner.planning.history import History, Standing, TaskHistory


def tasks_to_send_again(history: History) -> tuple[TaskHistory, ...]:
    """Return the tasks that were looked for and are not at the vendor, and that no person has to judge.

    Sent again under the same name they ring nobody twice: of two requests of one name the vendor takes one. Where it was seen
    to have taken two, there are none, whatever the setting says.
    """
    if history.withdrawn is not None or history.takes_names_twice:
        return ()
    return tuple(task for task in history.in_standing({Standing.ABSENT}) if not task.final)
