"""Runs the stand-in. What it works out anew with every call, though it never changes, is worked out once.

Without this a call took 13 ms of a processor, most of it for: the list of its own folders, the names of a class's methods, the
names under which a class may have a field, and the tags of one resource, which were looked for among those of all. Answers stay
the same.
"""

import functools
import logging

import moto.backends
import moto.core.responses
import moto.core.serialize
import moto.iam.models
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix
from moto.moto_server.werkzeug_app import MotoRequestHandler
from moto.server import main

folders = tuple(moto.backends.list_of_moto_modules())
moto.backends.list_of_moto_modules = lambda: folders

moto.core.responses.method_names_from_class = functools.cache(moto.core.responses.method_names_from_class)

names = {}
worked_out = moto.core.serialize.XFormedAttributePicker.get_possible_keys


def names_of_field(self, context):
    place = (type(context.obj), id(context.shape), context.key)
    if place not in names:
        # The shape is kept, so that no other one gets its id.
        names[place] = (context.shape, tuple(worked_out(self, context)))
    return names[place][1]


moto.core.serialize.XFormedAttributePicker.get_possible_keys = names_of_field


def tags_of_one(self):
    own = self.ec2_backend.tags.get(self.id, {}) if self.id else {}
    kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(self.id), "") if own else ""
    # As a list first, because another thread may tag it meanwhile.
    return [{"resource_id": self.id, "key": key, "value": value, "resource_type": kind} for key, value in list(own.items())]


TaggedEC2Resource.get_tags = tags_of_one

# Connections are kept, as AWS keeps them; one line for each call would only repeat the proxy's journal.
MotoRequestHandler.protocol_version = "HTTP/1.1"
logging.getLogger("werkzeug").setLevel(logging.WARNING)

main()
