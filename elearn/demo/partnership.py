"""The fictional partnership of the demo: its agencies, its teams, and names as they are found all over the country."""
from __future__ import annotations

from dataclasses import dataclass

from elearn.records.tenancy import Partnership

WESTMERE = Partnership(
    name="Westmere Safeguarding People Partnership",
    site_name="Learning Zone",
    prefix="WM7",
    zone="Europe/London",
    neutral_site="https://www.bbc.co.uk/weather",
    signer="Dr Nadia Sow",
    signer_role="Independent chair of the partnership",
    level_1="Everyday help",
    level_2="A bit more",
    level_3="Joined-up help",
    level_4="Help from social workers",
)

NUMBERS = {
    "safeguarding-lead": ("Your safeguarding lead", "0306 999 0118", "The first person to tell when you are worried about a child."),
    "childrens-services": ("Westmere Children’s Services", "0306 999 0142", "If you can’t reach your lead, call them yourself."),
    "out-of-hours": ("Westmere Children’s Services, out of hours", "0306 999 0155", "At night, at weekends and on bank holidays."),
    "staff-allegations": ("Westmere LADO", "0306 999 0163", "For a worry about how a member of staff or a volunteer has behaved."),
    "partnership": ("Westmere Safeguarding People Partnership", "0306 999 0107", "For questions about training and local rules."),
}
"""Kind of contact to name, number and note. The numbers come from the range that is kept for drama: nobody answers."""

TOOL_ADDRESS = "https://tools.westmere.example/gcp2"

STAFF, VOLUNTEER, STUDENT = "staff", "volunteer", "student"


@dataclass(frozen=True, slots=True)
class TeamPlan:
    """A team to make: *jobs* are job and role, dealt out in turn; *gcp2* says whether its people must be trained for the tool."""

    agency: str
    name: str
    code: str
    size: int
    domain: str
    jobs: tuple[tuple[str, str], ...]
    gcp2: bool = False


_FAMILY = (
    ("Family support worker", STAFF), ("Family volunteer", VOLUNTEER), ("Play worker", STAFF), ("Family volunteer", VOLUNTEER),
    ("Student social worker", STUDENT),
)
_SOCIAL = (("Social worker", STAFF), ("Social worker", STAFF), ("Senior practitioner", STAFF), ("Student social worker", STUDENT))
_VISITING = (("Health visitor", STAFF), ("Health visitor", STAFF), ("Community nursery nurse", STAFF), ("Student nurse", STUDENT))
_SCHOOL = (
    ("Teacher", STAFF), ("Teaching assistant", STAFF), ("Teacher", STAFF), ("Lunchtime supervisor", STAFF),
    ("Reading volunteer", VOLUNTEER),
)
_YOUTH = (("Youth worker", STAFF), ("Youth volunteer", VOLUNTEER), ("Youth volunteer", VOLUNTEER))
_HOUSING = (("Tenancy officer", STAFF), ("Support worker", STAFF))

OFFICE = "Partnership office"
OAKFIELD = "Oakfield Family Centre"
EAST = "Health Visiting East"

TEAMS = (
    TeamPlan(WESTMERE.name, OFFICE, "WSP1007", 8, "wspp", (("Learning officer", STAFF), ("Business support", STAFF), ("Trainer", STAFF))),
    TeamPlan("Westmere Council", OAKFIELD, "OAK4471", 24, "oakfield", _FAMILY, gcp2=True),
    TeamPlan("Westmere Council", "Riverside Family Hub", "RIV2860", 22, "riverside", _FAMILY, gcp2=True),
    TeamPlan("Westmere Council", "Assessment and Support", "ASP9315", 30, "westmere", _SOCIAL, gcp2=True),
    TeamPlan(
        "Westmere Council", "Fostering", "FOS6042", 20, "westmere",
        (("Supervising social worker", STAFF), ("Foster carer", VOLUNTEER), ("Foster carer", VOLUNTEER)),
    ),
    TeamPlan("Westmere Council", "Youth Justice", "YJS7718", 18, "westmere", (("Case worker", STAFF), ("Panel volunteer", VOLUNTEER))),
    TeamPlan("Westmere Community Health", EAST, "HVE3529", 24, "wch", _VISITING, gcp2=True),
    TeamPlan("Westmere Community Health", "Health Visiting West", "HVW8164", 22, "wch", _VISITING),
    TeamPlan(
        "Westmere Community Health", "School Nursing", "SNU5093", 18, "wch",
        (("School nurse", STAFF), ("Healthcare assistant", STAFF)),
    ),
    TeamPlan(
        "Westmere Community Health", "Maternity", "MAT4680", 26, "wch",
        (("Midwife", STAFF), ("Midwife", STAFF), ("Maternity support worker", STAFF), ("Student midwife", STUDENT)),
    ),
    TeamPlan("Westmere Schools Together", "Ashdale Primary School", "ASH2217", 28, "ashdale", _SCHOOL),
    TeamPlan(
        "Westmere Schools Together", "Fernbank Nursery", "FER9846", 20, "fernbank",
        (("Nursery key worker", STAFF), ("Nursery assistant", STAFF), ("Student on placement", STUDENT)),
    ),
    TeamPlan("Westmere Schools Together", "St Brannoc’s High School", "STB6371", 34, "stbrannocs", _SCHOOL),
    TeamPlan(
        "Westmere Schools Together", "Millbrook College", "MIL1958", 24, "millbrook",
        (("Lecturer", STAFF), ("Learning mentor", STAFF), ("Student ambassador", STUDENT)),
    ),
    TeamPlan(
        "Westmere Voices", "Open Door Befriending", "ODB7430", 22, "opendoor",
        (("Befriender", VOLUNTEER), ("Befriender", VOLUNTEER), ("Coordinator", STAFF)),
    ),
    TeamPlan("Westmere Voices", "Harbour Youth Project", "HYP3084", 16, "harbour", _YOUTH),
    TeamPlan(
        "Westmere Voices", "Sunflower Play", "SUN8526", 14, "sunflower",
        (("Play worker", STAFF), ("Play volunteer", VOLUNTEER), ("Play volunteer", VOLUNTEER)),
    ),
    TeamPlan("Westmere Homes", "Tenancy Support", "TEN5609", 14, "westmerehomes", _HOUSING),
    TeamPlan("Westmere Homes", "Neighbourhoods", "NEI2743", 10, "westmerehomes", (("Neighbourhood officer", STAFF), ("Caretaker", STAFF))),
    TeamPlan("Westmere Homes", "Haven House", "HAV6198", 6, "westmerehomes", (("Hostel worker", STAFF), ("Night worker", STAFF))),
)
"""20 teams of 6 agencies, 400 people."""

NAMES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("Alice", "Ben", "Charlotte", "Dean", "Emily", "Frances", "George", "Hannah", "Isobel", "Jack", "Karen", "Liam", "Maureen", "Olive"),
     ("Ackroyd", "Bowers", "Carter", "Dunn", "Ellison", "Fairweather", "Grant", "Hartley", "Ingham", "Jessop", "Kirby", "Lowe", "Shaw")),
    (("Angharad", "Dylan", "Ffion", "Gethin", "Gwenllïan", "Llŷr", "Mared", "Owain", "Rhiannon", "Siôn"),
     ("ap Gwilym", "Bevan", "Griffiths", "Llewelyn", "Morgan", "Prys-Jones", "Vaughan", "Wynne")),
    (("Aoife", "Callum", "Ciarán", "Eilidh", "Fionnuala", "Hamish", "Niamh", "Ruaridh"),
     ("Byrne", "Gallagher", "MacDonald", "McAllister", "O’Connor", "O’Sullivan", "Sinclair", "Ó Briain")),
    (("Agnieszka", "Bartosz", "Dariusz", "Ewa", "Grażyna", "Katarzyna", "Łukasz", "Małgorzata", "Paweł", "Zofia"),
     ("Dąbrowska", "Kowalczyk", "Lewandowski", "Nowak", "Szczepańska", "Wiśniewska", "Wójcik", "Zieliński")),
    (("Ana-Maria", "Cristian", "Ioana", "Mihai", "Ştefan", "Elena", "Horaţiu"), ("Ionescu", "Mureşan", "Popescu", "Stănescu", "Ţurcanu")),
    (("Aisha", "Bilal", "Farah", "Hamza", "Imran", "Nadia", "Saima", "Tariq", "Yasmin", "Zainab"),
     ("Ahmed", "Begum", "Chaudhry", "Hussain", "Iqbal", "Mahmood", "Malik", "Qureshi", "Raza", "Siddiqui")),
    (("Anjali", "Dev", "Harpreet", "Jaspreet", "Kavita", "Meera", "Nikhil", "Priya", "Ravi", "Sunita"),
     ("Desai", "Gill", "Kaur", "Mistry", "Patel", "Sandhu", "Shah", "Sharma", "Venkataraghavan")),
    (("Abena", "Chidi", "Efua", "Folasade", "Ifeoma", "Kofi", "Kwabena", "Ngozi", "Oluwaseun", "Tunde"),
     ("Adebayo", "Asante", "Boateng", "Chukwuemeka", "Eze", "Nwosu", "Obi", "Okafor", "Osei-Bonsu")),
    (("Asha", "Fowsiyo", "Hodan", "Mahad", "Selam", "Tesfaye", "Zahra"), ("Abdi", "Ali", "Gebremariam", "Haile", "Mohamud", "Warsame")),
    (("Hassan", "Layla", "Mariam", "Omar", "Rania", "Samir", "Yusuf"),
     ("Al-Hashimi", "Al-Khatib", "Barakat", "El-Sayed", "Haddad", "Nasser")),
    (("Jia", "Ka Wai", "Mei Lin", "Ming", "Siu Fong", "Wei"), ("Chan", "Cheung", "Lam", "Ng", "Wong", "Zhang")),
    (("Beatriz", "Inês", "João", "Lucía", "Mateo", "Tiago", "Concepción"),
     ("Araújo", "Fernandes", "García", "Gonçalves", "Muñoz", "Ribeiro")),
    (("Andriy", "Iryna", "Oksana", "Taras", "Nataliia"), ("Bondarenko", "Kovalenko", "Melnyk", "Shevchenko", "Tkachenko")),
    (("Ayşe", "Emre", "Gülşen", "Mehmet", "Zeynep"), ("Çelik", "Demir", "Öztürk", "Şahin", "Yıldız")),
    (("Eleni", "Giorgos", "Katerina", "Nikos"), ("Georgiou", "Ioannou", "Papadopoulos", "Theodorou")),
    (("Anthony", "Claudette", "Delroy", "Marcia", "Winston", "Yvonne"),
     ("Baptiste", "Campbell", "Francis", "Gordon", "Pinnock", "St. Hilaire")),
    (("Grace", "John Paul", "Maricel", "Rowena"), ("Bautista", "dela Cruz", "Reyes", "Santos")),
    (("Linh", "Minh", "Thu Hà"), ("Nguyễn", "Phạm", "Trần")),
)
"""Given and family names of each community; a family name is never put with another community's given names."""

WRITTEN_THEIR_WAY = (
    ("ليلى حسن", "layla.hassan"),
    ("عبد الرحمن المنصوري", "abdulrahman.almansouri"),
    ("Олена Коваленко", "olena.kovalenko"),
    ("Ελένη Παπαδοπούλου", "eleni.papadopoulou"),
    ("陳美玲", "meiling.chan"),
    ("নুসরাত জাহান", "nusrat.jahan"),
    ("ਹਰਪ੍ਰੀਤ ਕੌਰ", "harpreet.kaur.gill"),
    ("தமிழ்ச்செல்வி இராமநாதன்", "tamilselvi.ramanathan"),
    ("מרים כהן", "miriam.cohen"),
    ("Adaeze Oluwaseun Chukwuemeka-Featherstonehaugh de la Villafranca y Montgomery-Cholmondeley", "adaeze.montgomery"),
    ("Ng", "ng"),
    ("Llanfair Pwllgwyngyll Gruffudd ab Owain Glyndŵr", "llanfair.glyndwr"),
)
"""People whose names are in their own letters, very long or very short, with the first part of their address."""
