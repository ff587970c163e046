"""What nouns mean: types by name and as said, bundles, kinds of things, filling words."""

from __future__ import annotations

from typing import Any

from dbwright.collect.words.keywords import listed
from dbwright.core.brief import AttributeType

Said = dict[str, Any]

SAID_TYPES: dict[str, Said] = {
    "string": {"type": "string"}, "str": {"type": "string"}, "varchar": {"type": "string"},
    "char": {"type": "string"}, "character varying": {"type": "string"},
    "text": {"type": "text"}, "long text": {"type": "text"}, "longtext": {"type": "text"},
    "markdown": {"type": "text"}, "rich text": {"type": "text"}, "html": {"type": "text"},
    "free text": {"type": "text"}, "short text": {"type": "string"}, "textarea": {"type": "text"},
    "int": {"type": "integer"}, "integer": {"type": "integer"}, "bigint": {"type": "integer"},
    "whole number": {"type": "integer"}, "smallint": {"type": "integer"},
    "big integer": {"type": "integer"}, "serial": {"type": "integer"}, "long": {"type": "integer"},
    "unsigned int": {"type": "integer", "minimum": 0}, "unsigned integer": {"type": "integer",
    "minimum": 0},
    "decimal": {"type": "decimal"}, "numeric": {"type": "decimal"},
    "money": {"type": "money"}, "amount of money": {"type": "money"}, "monetary": {"type": "money"},
    "float": {"type": "float"}, "double": {"type": "float"}, "real": {"type": "float"},
    "double precision": {"type": "float"}, "bool": {"type": "boolean"},
    "boolean": {"type": "boolean"}, "yes / no": {"type": "boolean"},
    "yes or no": {"type": "boolean"},
    "true or false": {"type": "boolean"}, "y / n": {"type": "boolean"}, "flag": {"type": "boolean"},
    "true / false": {"type": "boolean"},
    "date": {"type": "date"}, "dates": {"type": "date"}, "time of day": {"type": "time"},
    "time": {"type": "time"}, "datetime": {"type": "datetime"},
    "date and time": {"type": "datetime"}, "timestamp": {"type": "datetime"},
    "timestamptz": {"type": "datetime"}, "instant": {"type": "datetime"},
    "duration": {"type": "duration"}, "interval": {"type": "duration"},
    "uuid": {"type": "uuid"}, "guid": {"type": "uuid"}, "json": {"type": "json"},
    "jsonb": {"type": "json"}, "object": {"type": "json"}, "dict": {"type": "json"},
    "dictionary": {"type": "json"}, "bytes": {"type": "bytes"}, "blob": {"type": "bytes"},
    "binary": {"type": "bytes"}, "bytea": {"type": "bytes"}, "email": {"type": "email"},
    "email address": {"type": "email"}, "url": {"type": "url"}, "uri": {"type": "url"},
    "slug": {"type": "slug"}, "phone": {"type": "phone"}, "phone number": {"type": "phone"},
    "percent": {"type": "percent"}, "percentage": {"type": "percent"}, "%": {"type": "percent"},
    "ip": {"type": "ip"}, "ip address": {"type": "ip"}, "inet": {"type": "ip"},
    "tags": {"type": "tags"}, "list of strings": {"type": "tags"}, "array": {"type": "tags"},
    "list of tags": {"type": "tags"}, "string array": {"type": "tags"},
    "unix timestamp": {"type": "datetime"}, "datetimes": {"type": "datetime"},
    "array of strings": {"type": "tags"}, "words": {"type": "tags"}, "country": {"type": "country"},
    "country code": {"type": "country"}, "currency": {"type": "currency"},
    "currency code": {"type": "currency"}, "language": {"type": "language"},
    "timezone": {"type": "timezone"}, "time zone": {"type": "timezone"},
    "token": {"type": "token"}, "enum": {"type": "string"}, "enumeration": {"type": "string"},
    "integers": {"type": "integer"}, "strings": {"type": "string"},
    "booleans": {"type": "boolean"}, "decimals": {"type": "decimal"}, "texts": {"type": "text"},
    "numbers": {"type": "integer"}, "whole numbers": {"type": "integer"},
    "times of day": {"type": "time"}, "times": {"type": "time"},
    "number": {"type": "integer"}, "latitude": {"type": "latitude"},
    "longitude": {"type": "longitude"}, "password": {"type": "password"},
}  # fmt: skip
PURE_TYPES = {
    "string", "str", "varchar", "char", "text", "int", "integer", "bigint", "smallint", "decimal",
    "numeric", "money", "float", "double", "bool", "boolean", "datetime", "timestamp",
    "timestamptz", "uuid", "json", "jsonb", "bytes", "blob", "bytea", "enum", "array",
}  # fmt: skip
"""Words that are a type even where nothing separates them from a name: `total money`."""

_BY_NAME: dict[AttributeType, str] = {
    "email": "email, email address, mail",
    "url": "url, website, link, homepage, uri, avatar, image, photo, picture, logo, thumbnail, "
           "cover, webpage, video, attachment, banner, poster, screenshot",
    "slug": "slug, permalink",
    "phone": "phone, phone number, mobile, mobile number, telephone, fax, telephone number, cell",
    "integer": "quantity, qty, count, age, year, capacity, stock, position, rank, score, rating, "
               "floor, level, points, seats, pages, page, views, likes, size, order number, "
               "sort order, attempts, port, stars, limit, semester, credits, units, guests, "
               "stock quantity, inventory, mileage, weeks, days, hours, minutes, seconds, "
               "calories, odometer, season number, episode number, chapter number, page number, "
               "round number, track number, week number, line number, step number, "
               "question number, lap number, sequence number, issue number, "
               "duration minutes, version number, bedrooms, bathrooms, rooms, reps, sets, lap, "
               "doors, threshold, reorder level, people, spots, places, on hand, quantity on hand, "
               "downloads, edition, vote count, priority number, word count, weekday, grade level",
    "decimal": "weight, height, width, length, depth, temperature, humidity, pressure, distance, "
               "volume, rate, value, measurement, speed, voltage, current, area, grade, mark, gpa, "
               "tax rate, exchange rate, hours per week, hours worked, altitude, ph, energy, "
               "power, consumption, dose, reading",
    "money": "price, amount, total, subtotal, cost, fee, balance, salary, budget, deposit, wage, "
             "tax, revenue, payout, rent, premium, charge, shipping cost, unit price, "
             "line total, credit limit, net, gross, discount amount, refund amount, fare, "
             "credit, debit, spend, bid, copay, commission, tip, bonus, allowance, donation",
    "percent": "percent, percentage, discount, discount percent, vat rate, progress, vat, "
               "completion, battery level, battery, commission rate",
    "boolean": "active, enabled, disabled, verified, visible, hidden, archived, featured, "
               "available, completed, done, deleted, public, private, published, approved, "
               "blocked, locked, pinned, read, paid, staff, superuser, admin, default, "
               "primary, online, anonymous, confirmed, required, billable, taxable, subscribed, "
               "is active, is admin, in stock, favorite, cancelled, canceled, "
               "processed, resolved, closed, sent, accepted, present, muted, banned, seen",
    "date": "date, birthday, birthdate, dob, date of birth, birth date, due date, day, deadline, "
            "anniversary, start date, end date, release date, expiry date, expiration date, "
            "hire date",
    "time": "time, opening time, closing time, start time of day",
    "datetime": "timestamp, datetime, last login, last seen, start, end, start time, end time, "
                "starts, ends, time slot start, time slot end, expiry, expiration, "
                "departure, arrival, departure time, arrival time, check in time, check out time, "
                "pickup time, delivery time, last active, sent time, scheduled time, login time, "
                "last activity, clock in, clock out, created, updated, created date time",
    "duration": "duration, runtime, elapsed, lead time",
    "uuid": "uuid, guid",
    "json": "metadata, settings, preferences, payload, options, config, configuration, attributes, "
            "properties, json, context, extra, custom fields, data",
    "text": "description, body, content, contents, text, notes, note, bio, biography, comment, "
            "comments, message, summary, abstract, excerpt, instructions, remarks, "
            "details, explanation, answer, feedback, transcript, diagnosis, symptoms, "
            "ingredients, directions, agenda, terms, text content, about, caption, question, "
            "treatment, cover letter, intro",
    "ip": "ip, ip address",
    "password": "password, passphrase, pin",
    "token": "token, api key, secret, api token, access token, refresh token, reset token, "
             "session token, api secret, invite token, verification token",
    "country": "country, country code, nationality",
    "currency": "currency, currency code",
    "language": "language, locale, language code",
    "timezone": "timezone, time zone",
    "tags": "tags, keywords, labels",
    "latitude": "latitude, lat",
    "longitude": "longitude, lng, lon",
    "string": "name, title, code, number, sku, isbn, status, state, type, kind, street, city, zip, "
              "postcode, postal code, zip code, role, color, colour, label, subject, serial "
              "number, "
              "first name, last name, username, full name, barcode, reference, id, ean, vin, "
              "specialty, speciality, model, make, brand, unit, location, gender, reason, "
              "priority, "
              "frequency, emoji, drug, dosage, plate, headline, tagline, key, symbol, "
              "nickname, iban, ssn, tax id, vat number, license number, unit of measure, "
              "external id, level name, genre, format, method, mode, material, hash, version, "
              "filename, mime type, path, region, province, house number, suite, building, "
              "registration number, license plate, tracking number, insurance number, handle, "
              "stage, phase, severity, visibility, action, provider, carrier, occupation, "
              "job title, device id, firmware version, card number, display name, house, district, "
              "middle name, postal address, shipping method, payment method, species, breed, lot, "
              "batch, bin, aisle, shelf, size label, sex, blood type, medication, allergy, file "
              "name, "
              "room number, table number, seat, seat number, row, gate, terminal, abbreviation",
}  # fmt: skip
NAME_TYPES: dict[str, AttributeType] = {
    name.strip(): kind for kind, names in _BY_NAME.items() for name in names.split(",")
}
CHOICES = {
    "status", "state", "type", "kind", "role", "priority", "level", "frequency", "reason", "gender",
    "visibility", "category", "stage", "phase", "severity", "size", "mode", "method", "condition",
    "difficulty", "color", "colour", "currency", "plan", "tier", "format", "interval", "unit",
    "language", "sex", "grade", "action", "cycle", "direction", "channel", "result", "outcome",
    "rank", "species", "statuses", "payment method", "weekday", "origin", "source",
}  # fmt: skip
"""Nouns behind which a list of words is what they may be."""

PERSONAL = {
    "first name", "last name", "full name", "date of birth", "birthday", "birthdate", "dob", "ssn",
    "phone", "phone number", "address", "passport number", "insurance number", "nationality",
    "gender", "birth date", "mobile", "mobile number", "social security number", "iban",
}  # fmt: skip

_OPTIONAL = {"required": False}
BUNDLES: dict[str, tuple[tuple[str, Said], ...]] = {
    "authentication": (
        ("email", {"type": "email", "unique": True, "personal": True}),
        ("password", {"type": "password"}),
        ("is_active", {"type": "boolean", "default": True}),
        ("email_verified_at", {"type": "datetime"} | _OPTIONAL),
        ("last_login_at", {"type": "datetime"} | _OPTIONAL),
    ),
    "login": (
        ("email", {"type": "email", "unique": True, "personal": True}),
        ("password", {"type": "password"}),
    ),
    "address": (
        ("street", {"type": "string", "personal": True}),
        ("city", {"type": "string"}),
        ("postal_code", {"type": "string"}),
        ("country", {"type": "country"}),
    ),
    "contact": (
        ("email", {"type": "email", "personal": True}),
        ("phone", {"type": "phone", "personal": True} | _OPTIONAL),
    ),
    "audit": (
        ("created_by", {"entity": "user"} | _OPTIONAL),
        ("updated_by", {"entity": "user"} | _OPTIONAL),
    ),
    "seo": (
        ("slug", {"type": "slug", "unique": True}),
        ("meta_title", {"type": "string"} | _OPTIONAL),
        ("meta_description", {"type": "text"} | _OPTIONAL),
    ),
    "coordinates": (("latitude", {"type": "latitude"}), ("longitude", {"type": "longitude"})),
    "name": (
        ("first_name", {"type": "string", "personal": True}),
        ("last_name", {"type": "string", "personal": True}),
    ),
    "profile": (
        ("display_name", {"type": "string"} | _OPTIONAL),
        ("bio", {"type": "text"} | _OPTIONAL),
        ("avatar_url", {"type": "url"} | _OPTIONAL),
    ),
}
BUNDLE_NAMES: dict[str, str] = {
    "authentication fields": "authentication", "auth fields": "authentication",
    "authentication": "authentication", "authentication columns": "authentication",
    "auth columns": "authentication", "authentication data": "authentication",
    "authentication details": "authentication", "authentication attributes": "authentication",
    "authentication information": "authentication", "authentication info": "authentication",
    "auth": "authentication", "credentials": "login", "email login": "login",
    "email and password": "login", "login fields": "login",
    "login data": "login", "login credentials": "login", "login details": "login",
    "login information": "login", "login info": "login", "login": "login",
    "address": "address", "postal address": "address", "mailing address": "address",
    "address fields": "address", "home address": "address", "address details": "address",
    "contact details": "contact", "contact information": "contact", "contact info": "contact",
    "contact data": "contact", "contact fields": "contact", "contacts info": "contact",
    "audit fields": "audit", "audit columns": "audit", "audit trail fields": "audit",
    "audit information": "audit", "seo fields": "seo", "seo metadata": "seo", "seo data": "seo",
    "seo": "seo", "coordinates": "coordinates", "geo coordinates": "coordinates",
    "gps coordinates": "coordinates", "geolocation": "coordinates", "gps position": "coordinates",
    "lat/long": "coordinates", "lat/lng": "coordinates",
    "lat/lon": "coordinates", "lat and long": "coordinates", "latitude/longitude": "coordinates",
    "first and last name": "name", "first name and last name": "name", "name fields": "name",
    "profile fields": "profile", "profile information": "profile", "profile data": "profile",
    "profile details": "profile",
    "timestamps": "timestamps", "timestamp fields": "timestamps", "timestamp columns": "timestamps",
    "created/updated timestamps": "timestamps", "created and updated timestamps": "timestamps",
    "timestamps fields": "timestamps", "created at and updated at": "timestamps",
    "created and updated at": "timestamps", "created/updated at": "timestamps",
    "soft delete": "soft delete", "soft deletes": "soft delete", "soft deletion": "soft delete",
    "soft-delete": "soft delete", "soft-deletes": "soft delete", "soft-deletion": "soft delete",
    "optimistic locking": "versioning", "versioning": "versioning",
    "optimistic lock": "versioning", "optimistic concurrency": "versioning",
    "optimistic concurrency control": "versioning",
}  # fmt: skip
"""What developers name in one word; what is in it is told in the reading."""

THINGS = listed(
    """
    user customer client account person member employee worker patient doctor nurse
    physician student teacher instructor course lesson class classroom school department
    company organization organisation tenant team workspace project task ticket issue epic
    sprint milestone order invoice payment refund subscription plan product item category
    brand supplier vendor manufacturer warehouse shipment delivery cart basket wishlist
    coupon voucher review post article author blog comment tag page booking reservation
    appointment room hotel guest table_booking restaurant menu dish recipe ingredient book
    loan library reader publisher movie actor director song album artist playlist genre
    concert venue event attendee registration enrollment exam quiz question answer_option
    submission assignment grade_entry message conversation channel chat thread notification
    attachment_file folder document file device sensor reading station measurement_series
    vehicle car driver trip route flight airport airline passenger seat_reservation
    ticket_sale property tenant_contract landlord lease agent lead opportunity deal campaign
    contact_person bank wallet transaction transfer card ledger entry journal stock_movement
    inventory_item purchase_order supplier_order permission group profile role_assignment
    session api_client webhook job candidate application interview skill badge certificate
    prescription medication_plan treatment_plan visit diagnosis_entry clinic hospital lab
    lab_test sample insurer claim policy animal pet owner farm field_plot crop machine part
    component supplier_part contract service subscription_plan seller buyer auction
    bid_entry offer listing forum topic board post_like follower shop store branch manager
    guardian parent child coach player match tournament league game stadium membership gym
    trainer workout house apartment building meter tariff workflow step asset
    """
)
"""Nouns that are things with an identity, not values, unless a request says otherwise."""

DEPENDENT = {
    "profile", "wallet", "cart", "basket", "passport", "setting", "preference", "inventory",
    "license", "badge", "avatar", "wishlist", "billing_address", "shipping_address",
    "shopping_cart",
    "user_profile", "medical_record", "bank_account", "public_key", "locker", "certificate",
    "receipt", "invoice", "detail", "driver_license", "driving_license", "capital", "spouse",
    "contract", "configuration", "medical_history", "health_record", "dashboard",
}  # fmt: skip
"""Things of which "has a" says that they are part of their owner, not the reverse."""

SHARED_NOUNS = {"author", "actor", "artist", "category", "speaker", "translator",
                "tag", "label", "genre", "skill", "permission", "amenity", "interest", "feature",
                "keyword", "role", "topic", "ingredient", "language", "hobby",
                "allergen"}  # fmt: skip
"""Nouns whose rows are shared by many: "posts have many tags" is many-to-many."""

TENANTS = {"tenant", "organization", "organisation", "company", "workspace", "account", "customer",
           "team", "shop", "store", "client", "school", "clinic", "agency"}  # fmt: skip

FILLERS = listed(
    """
    also always just simply then thus therefore however moreover furthermore please finally
    additionally etc pls plz hi hello hey thanks cheers basically naturally obviously indeed too
    so own respectively kindly obv ofc btw ~
    """
)
"""Words that say nothing by themselves."""

STOP = FILLERS | listed(
    """
    the a an of for to in on at by with and or as is are be been being was were it its they
    their them this these those that which who whose there here has have had having each
    every all any other i we you our my your us do does did will would can could should
    shall may might must need needs want wants from into about like 's such some same one
    own following where when while but because since if per between within than through via
    """
)
"""Words whose loss loses nothing, where the words beside them are understood."""

SECTIONS: dict[str, str] = {
    name: meaning
    for meaning, names in {
        "inside": "fields, columns, attributes, properties, relationships, relations, "
        "associations, "
                  "constraints, rules, indexes, notes, indices, relation, data, validations",
        "entities": "entities, tables, models, classes, entity, model, data model, schema, "
        "objects, "
                    "database, data, database schema, the entities, resources",
        "sentences": "rules, business rules, constraints, queries, access patterns, lookups, "
        "notes, "
                     "requirements, entities and attributes, tests, non-functional, "
                     "non-functional requirements, "
                     "nonfunctional, tech, technical, "
                     "relationships, relations, associations, access, deletion, "
                     "deletes, life cycle, lifecycle, permissions, limits, indexes, "
                     "common queries, typical queries, searches, integrity, volumes, growth, "
                     "retention, remarks, important, note, nb, ps, p.s., hint, remark, "
                     "attention, reminder, info, "
                     "other, misc, details, the rules, integrity rules",
    }.items()
    for name in names.replace("\n", " ").split(", ")
}  # fmt: skip
"""Headings that are no thing: what stands below them belongs to the heading above."""


_LIMITS = {"max", "min", "maximum", "minimum"}
_EXTREMES = {"maximum", "max", "minimum", "min", "total", "average", "expected"}
_LASTING = {"cooking", "running", "prep", "preparation", "baking", "waiting", "travel", "playing",
    "processing", "response", "reading", "setup", "handling", "driving", "reaction",
    "working"}  # fmt: skip
"""Words that make a time one that passes: `cooking time`."""


def type_by_name(words: tuple[str, ...]) -> AttributeType | None:
    """Gives what an attribute's name says about its type, None where it says nothing.

    >>> type_by_name(("shipping", "price")), type_by_name(("is", "active"))
    ('money', 'boolean')
    """
    if len(words) > 2 and words[0] in _EXTREMES and words[1:3] == ("number", "of"):
        return "integer"
    if len(words) == 2 and words[0] in _LIMITS:
        return NAME_TYPES.get(words[1]) or "integer"
    if len(words) > 1 and words[-1] == "time" and words[-2] in _LASTING:
        return "duration"
    if len(words) > 1 and words[-1] == "time" and words[-2] not in ("opening", "closing", "daily"):
        return "datetime"
    for start in range(len(words)):
        found = NAME_TYPES.get(" ".join(words[start:]))
        if found and not (start and found == "boolean"):
            return found
    last = words[-1] if words else ""
    if len(words) > 1:
        if words[0] in ("is", "has", "can", "allow", "allows", "needs"):
            return "boolean"
        if words == ("valid", "until"):
            return "date"  # as valid from is
        if last in ("at", "until", "since"):
            return "datetime"
        if last in ("on", "from", "to") and words[-2] not in ("name",):
            return "date"
        if words[:2] == ("number", "of") or last in ("count", "quantity"):
            return "integer"
        if words[:2] in (("date", "of"),):
            return "date"
        if last in ("id", "number", "code", "name", "no"):
            return "string"
        if words[1] == "of":
            return type_by_name(words[:1])
    return "integer" if last in ("kilometers", "km") else None
