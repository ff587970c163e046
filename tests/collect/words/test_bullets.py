# ruff: noqa: E501 — a request is easier to read in one piece
"""Constructions of bullet lists: titles, items, what is said of several, rules below a thing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dbwright.collect.words import read

sys.path.insert(0, str(Path(__file__).parent))
from brief_checks import digest, holds

TITLES = [
    (
        "Bakery ordering models\n\nLoaf\n- name\nOven\n- number",
        ["Loaf.name", "Oven.number", "!BakeryOrdering"],
    ),
    (
        "Pottery software:\n- Kilns with a name and a size\n- Bowls: title, kiln, glaze",
        ["Kiln.name", "Bowl -> Kiln", "!PotterySoftware", "!Pottery"],
    ),
    (
        "Tables for a sailing club (SQLite please)\n- boats (name, length in m)\n- crews (name)",
        ["Boat.length decimal", "Crew.name", "!Table", "!SailingClub", "!unused SQLite please"],
    ),
    (
        "Kennel billing, every row belongs to a kennel\n- Kennel: name\n- Dog: name, breed",
        ["tenant Kennel", "Dog.breed"],
    ),
    (
        "*Divers*\n- name\n- level: open water, rescue or master\n*Dives*\n- diver, depth in m",
        ["Diver.name", "Diver.level in open_water|rescue|master", "Dive -> Diver"],
    ),
    (
        "Stage (name unique, capacity > 0, covered yes or no)\nBand (name, country)",
        ["Stage.name unique", "Stage.capacity above=0", "Stage.covered boolean"],
    ),
]
ITEMS = [
    (
        "Apartment\n- number\n- has balcony yes/no\n- is furnished (default yes)\n- is rented",
        [
            "Apartment.has_balcony boolean",
            "Apartment.is_furnished default=True",
            "Apartment.is_rented boolean",
        ],
    ),
    ("Ferry: name, is heated (yes/no), decks", ["Ferry.is_heated boolean", "Ferry.name"]),
    ("Coin: metal, year it was minted", ["Coin.year_minted integer"]),
    ("Vase\n- title and the place where it was found (optional)", ["Vase.place_found optional"]),
    ("Toll: price per axle, 3 decimal places", ["Toll.price_per_axle scale=3"]),
    (
        "Probe: gain between 0 and 5 with one decimal",
        ["Probe.gain scale=1", "Probe.gain maximum=5"],
    ),
    ("Vet: name, licence no. unique", ["Vet.licence_no unique"]),
    ("Pilot: badge of 7 characters (unique), name", ["Pilot.badge length=7", "Pilot.badge unique"]),
    ("Pupil: name, form (e.g. 5b), shoe size", ["Pupil.form", "!unused e.g. 5b"]),
    ("Raft has a name and 2 to 8 seats", ["Raft.seats minimum=2", "Raft.seats maximum=8"]),
    ("Page: number (1, 2, 3, ...), text", ["Page.number integer", "Page.text"]),
    ("Shift: worker, hours (0.5 - 12), day", ["Shift.hours maximum=12", "Shift.day date"]),
    ("Valve: fitted_on date, model", ["Valve.fitted_on date", "Valve.model"]),
    ("Sale: paid or not, sold at", ["Sale.paid boolean", "Sale.sold_at datetime"]),
    (
        "Forum: title, public or private (boolean is_public, default true)",
        ["Forum.is_public default=True", "!Forum.private"],
    ),
    ("Desk\n- held by (a clerk)\n- about a room\nRoom\n- name\nClerk\n- name", ["Desk -> Room"]),
    (
        "Recipe: title, has up to 6 photos (url, position)\nPhoto: url",
        ["Photo -> Recipe", "Photo.position integer", "!Recipe.position"],
    ),
    ("Gift: member (may be anonymous), given on\nMember: name", ["Gift -> Member optional"]),
    ("Gift: member, given on, sum\nMember: name", ["Gift.given_on date"]),
    (
        "Course\n- skills: many to many with Skill (name unique)",
        ["Course <-> Skill", "Skill.name unique"],
    ),
    ("Labels per board, name + colour\nBoard: name", ["Label -> Board", "Label.colour"]),
    ("tags on parcels (many to many)\nParcel: code", ["Tag <-> Parcel"]),
    (
        "Notes between two members: sender, recipient, text\nMember: name",
        ["Note -> Member as sender", "Note -> Member as recipient", "Note.text text"],
    ),
]
VALUES = [
    ("Bike: condition: new, used or broken, price", ["Bike.condition in new|used|broken"]),
    (
        "Job\n- state open, in progress, blocked or closed",
        ["Job.state in open|in_progress|blocked|closed"],
    ),
    ("Fee\n- payment: cash, card or transfer", ["Fee.payment in cash|card|transfer"]),
    ("Tea\n- unit of measure: bag, box or kg", ["Tea.unit_of_measure in bag|box|kg"]),
    ("Guest: diet = none/vegan/halal/other (default: none)", ["Guest.diet default=none"]),
    (
        "Crew\n- role is captain / mate / cook, default mate",
        ["Crew.role in captain|mate|cook", "Crew.role default=mate"],
    ),
    ("Case\n- rank 1-4, 3 by default", ["Case.rank default=3", "Case.rank maximum=4"]),
    ("Plea\n- state: filed, heard, lost; filed by default", ["Plea.state default=filed"]),
    (
        "Claim: status (draft, filed, paid)\n- status goes draft -> filed -> paid",
        ["Claim.status draft>filed", "Claim.status filed>paid", "!Draft"],
    ),
    (
        "Trip: reason: work | leisure | other, left at",
        ["Trip.reason in work|leisure|other", "Trip.left_at datetime"],
    ),
]
SEVERAL = [
    (
        "Hut: name, latitude, longitude (both optional)",
        ["Hut.latitude optional", "Hut.longitude optional", "Hut.name required"],
    ),
    (
        "Walk: opens at, closes at - both optional",
        ["Walk.opens_at optional", "Walk.closes_at optional"],
    ),
    ("Actor: handle, email; both unique", ["Actor.handle unique", "Actor.email unique"]),
    ("Rent\n- flat and tenant, both required\nFlat: number", ["Rent -> Flat required"]),
    (
        "Row number and seat number (both integers)\nSeat: row number, seat number (both integers)",
        ["Seat.row_number integer", "Seat.seat_number integer"],
    ),
    (
        "Kiosk: opens at and closes at as time of day",
        ["Kiosk.opens_at time", "Kiosk.closes_at time"],
    ),
    (
        "Order has one sender and optionally a receiver, both users\nUser: name",
        ["Order -> User as sender", "Order -> User as receiver", "!User -> Order"],
    ),
    (
        "Client\n- email, phone (at least one of them)",
        ["Client at-least-one(email, phone)", "!Client.phone minimum=1"],
    ),
    (
        "A clinic has a phone or a fax or both, but at least one of them",
        ["Clinic at-least-one(phone, fax)"],
    ),
]
UNSET = [
    (
        "Bet: placed on, settled on (null while it runs)",
        ["Bet.settled_on optional", "!unused while it runs"],
    ),
    ("Film\n- shown at - null until it is shown", ["Film.shown_at optional"]),
    ("Pass: used at (null = not used)", ["Pass.used_at optional"]),
    ("Gig: venue name, paid on, empty as long as it's owed", ["Gig.paid_on optional"]),
    ("Gain: shift (positive for profit, negative for loss), amount", ["!Gain.shift above=0"]),
    ("Bid: price per ton - prices may be negative", ["!Bid.price_per_ton minimum=0"]),
    ("Elo: rating (0 to 3000, optional if unrated)", ["Elo.rating optional", "unused if unrated"]),
]
RULES = [
    (
        "Seat: hall, row, number, unique together within the hall\nHall: name",
        ["Seat unique(hall, number, row)"],
    ),
    (
        "Song\n- track number & disc number, unique together\nSong: title",
        ["Song unique(disc_number, track_number)"],
    ),
    (
        "Like: fan + song, unique\nFan: name\nSong: title",
        ["Like unique(fan, song)", "Like -> Song"],
    ),
    (
        "Vote: member, motion; exactly one per member and motion\nMember: name\nMotion: text",
        ["Vote unique(member, motion)"],
    ),
    (
        "Fine: rider, at most one per rider, amount, paid or not\nRider: name",
        ["Fine unique(rider)", "Fine.paid boolean", "Fine.amount money"],
    ),
    (
        "Reply: guest, party, one answer per guest and party\nGuest: name\nParty: title",
        ["Reply unique(guest, party)", "!Answer"],
    ),
    (
        "Hub: name\nProbe: hub, kind\n- a hub has at most one probe of each kind",
        ["Probe unique(hub, kind)"],
    ),
    (
        "Buyer: name\nLot: title\nBid: buyer, lot, state (open, won, lost)\n- a buyer has at most one open bid per lot",
        ["Bid unique(buyer, lot) where state=open"],
    ),
    (
        "Menu: title\nDish: name\nServing: menu, dish, price\n- a dish can be only once in a menu",
        ["Serving unique(dish, menu)"],
    ),
    (
        "Choir: name\nSinger: name\nChoir singer\n- joins singers and choirs, a singer is a member of a choir only once",
        ["ChoirSinger unique(choir, singer)"],
    ),
    (
        "- Writer: name\n- Contest: title\n- Entry - writer applies to a contest, only once per contest\n- Score: entry, points",
        ["Entry unique(contest, writer)"],
    ),
    (
        "Asset: tag\nClerk: name\nLoan: asset, clerk, returned on (optional)\n- an asset is lent to at most one clerk at a time",
        ["Loan unique(asset) where returned_on=None"],
    ),
    (
        "Team: name\nPlayer: name\n- only one captain (a player) per team, can be empty",
        ["Team -> Player as captain", "Team -> Player optional"],
    ),
    (
        "Train: number\nRider: name\nTicket: train, rider, seat\n- no seat can be given to two riders on the same train",
        ["Ticket unique(seat, train)", "!unused no seat"],
    ),
    (
        "- Slot: artist plays on a stage, starts at, ends at\n- Artist: name\n- Stage: name\n- slots of one stage must not overlap",
        ["Slot -> Artist", "Slot -> Stage"],
    ),
    (
        "Lift: goes from, opens at, closes at time\nTour: starts on, ends on",
        ["Tour ordered(starts_on, ends_on)"],
    ),
    (
        "Tour: starts on, ends on\n- ends on can be the same day as starts on",
        ["Tour ordered(starts_on, ends_on)"],
    ),
    (
        "Visa: valid from / valid to (dates), valid to is later than valid from",
        ["Visa ordered(valid_from, valid_to)", "!Visa.valid"],
    ),
    (
        "Van: plate\nRent: van, picked up at, returned at (optional)\n- a van can't be rented twice at the same time",
        ["Rent no-overlap(picked_up_at, returned_at) per van"],
    ),
    (
        "Tent: code\nStay: tent, starts at, ends at\n- stays of the same tent must not overlap\n- cancelled stays remain in the table with cancelled_at and do not block the tent",
        [
            "Stay.cancelled_at optional",
            "Stay no-overlap(starts_at, ends_at) per tent where cancelled_at=None",
        ],
    ),
    (
        "Tool is the general thing: code unique, weight\na Saw is a tool with a number of teeth",
        ["Tool.code unique", "Saw kind_of=Tool", "Saw.number_of_teeth integer"],
    ),
    ("Loads have 3 decimals\nCrane: name\nLift: crane, load", ["Lift.load scale=3"]),
    (
        "Shelf belongs to a room; label is a short code, unique in the room; locked flag\nRoom: name",
        ["Shelf unique(label, room)", "Shelf.locked boolean"],
    ),
    (
        "every table except Region belongs to an agency\nAgency: name\nRegion: name\nGuide: name",
        ["tenant Agency", "Region shared"],
    ),
    ("Harbour fees. Tenant = Harbour.\n- Harbour: name\n- Fee: amount", ["tenant Harbour"]),
    (
        "Everything has created/updated timestamps\nPlant: name",
        ["!CreatedUpdatedTimestamp", "!tenant CreatedUpdatedTimestamp"],
    ),
    (
        "An island lies in a sea or is in dispute\nSea: name\nIsland: name",
        ["Island -> Sea optional"],
    ),
]
DELETION = [
    (
        "Album: title\nTrack: album, title\n- deleting albums: their tracks are deleted as well",
        ["Track -> Album cascade"],
    ),
    (
        "Album: title\nTrack: album, title\n- when an album is removed, remove its tracks",
        ["Track -> Album cascade"],
    ),
    (
        "Album: title\nTrack: album, title\n- Delete tracks along with the album",
        ["Track -> Album cascade"],
    ),
    (
        "Album: title\nTrack: album\nPlay: track\n- when an album is deleted its tracks and plays go too",
        ["Play -> Track cascade", "!Play -> Album"],
    ),
    (
        "Farm: name\nField: farm\nBarn: farm\n- deleting a farm deletes everything in it",
        ["Field -> Farm cascade", "Barn -> Farm cascade"],
    ),
    (
        "Farm: name\nField: farm\nSale: farm\n- Deleting a farm removes its fields but not its sales",
        ["Field -> Farm cascade", "!Sale -> Farm cascade"],
    ),
    (
        "Farm: name\nField: farm\n- deleting a farm is blocked if there are fields",
        ["Field -> Farm restrict"],
    ),
    (
        "Crop: name\nField: crop\n- crops which are planted must not be deleted\n- crops that are in use must not be deleted",
        ["Field -> Crop restrict"],
    ),
    (
        "Test: name\nScore: test\n- a test that has scores cannot be deleted",
        ["Score -> Test restrict"],
    ),
    (
        "User: name\nTask: title, author (User), checker (User, optional)\n- if the checker is deleted the task stays without checker",
        ["Task -> User set null"],
    ),
    (
        "Club: name\nMember: club (optional)\n- if a club is dissolved, its members stay",
        ["Member -> Club set null"],
    ),
    ("Vase: name\n- vases are never really deleted (soft delete)", ["Vase soft_delete"]),
    ("Car: plate\n- scrapped cars are kept (soft delete)", ["Car soft_delete"]),
    ("Log: text\n- logs are never updated or deleted, append only", ["Log append_only"]),
]
LOOKUPS = [
    (
        "Seal: pool, born on\nPool: name\nLookups:\n- seals of a pool by born on",
        ["Seal by(pool) range(born_on) order()"],
    ),
    (
        "Ticket: level, state (open, shut)\nLookups: open tickets by level",
        ["Ticket by(level) range() order() where state=open", "!Ticket -> Ticket"],
    ),
    (
        "Dive: diver, site, held at\nDiver: name\nSite: name\nQueries: dives of a diver at a site ordered by time",
        ["Dive by(diver, site) range(held_at) order()"],
    ),
    (
        "Case\n- title, client, state (open, closed)\n- list by client and state\nClient: name",
        ["Case by(client, state) range() order()", "!Client -> Case"],
    ),
    (
        'User: name\nTask: title, owner (User), state (open, done)\n"my tasks": tasks by owner and state',
        ["Task by(owner, state) range() order()", "!MyTask"],
    ),
    (
        "Post: thread, sent at\nThread: title\n- show the posts of a thread oldest first, 20 per page",
        ["Post by(thread) range() order(sent_at)"],
    ),
]
TOLD = [
    (
        "Tie: home team, away team\nTeam: name\n- no tie can be played at night",
        "no tie can be played",
    ),
    ("Parcel: code\nps: must work offline, no parrots in the code", "offline"),
    ("Sum: value\nthe tag is a short word", "tag is a short word"),
]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [*TITLES, *ITEMS, *VALUES, *SEVERAL, *UNSET, *RULES, *DELETION, *LOOKUPS],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_list_is_read(text: str, wanted: list[str]) -> None:
    assert holds(text, wanted) == [], sorted(digest(read(text)))


@pytest.mark.parametrize(("text", "word"), TOLD, ids=lambda each: each)
def test_what_a_list_says_beyond_is_told(text: str, word: str) -> None:
    reading = read(text)
    told = [each.text for each in (*reading.unused, *reading.problems)]
    assert any(word in each for each in told), (told, [u.meaning for u in reading.understood])
