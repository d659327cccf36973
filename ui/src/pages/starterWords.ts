/** Words of the page, not of the interface: they follow the page's language. */
const ENGLISH = {
  firstName: "First name",
  email: "E-mail",
  phone: "Phone",
  message: "What would you like help with?",
  news: "Yes, send me news and offers by e-mail. I can take this back at any time.",
  note: "We use your address for nothing else.",
  thanks: "Thank you!",
  faq: "Questions and answers",
  yourWords: "What it means for the reader, in a sentence.",
  guide: {
    heading: "What you promise, in one sentence", text: "What they get, and why it is worth a minute of their time.", points: ["Read in ten minutes", "Free of charge"],
    benefits: "What you will learn", items: ["The first thing", "The second thing", "The third thing"],
    form: "Get the guide by e-mail", submit: "Send me the guide", thanksText: "The guide is on its way to your inbox.",
    faq: [["What does it cost?", "Nothing."], ["How do I get it?", "By e-mail, within a few minutes."]],
  },
  talk: {
    heading: "A free talk about what you need", text: "Twenty minutes, an honest answer, and you decide what happens next.", points: ["No strings attached", "An answer within a working day"],
    steps: "What happens", items: ["You write to us", "We call you", "You get a plan with fixed prices"],
    form: "Ask for a talk", submit: "Ask for a talk", thanksText: "We will be in touch within a working day.",
    voices: "What others say", quote: "Write what a customer really said.", name: "Name of the customer", guarantee: "No obligations", guaranteeText: "Say no whenever you like. You owe us nothing.",
  },
  sale: {
    heading: "What it does for the buyer", text: "For whom it is, and what will be different afterwards.", button: "See the price", points: ["Ready to use today", "Thirty days to change your mind"],
    benefits: "What you get", items: ["The first thing", "The second thing", "The third thing"], voices: "What others say", quote: "Write what a customer really said.", name: "Name of the customer",
    guarantee: "Your money back", guaranteeText: "Not what you hoped for? Write to us within thirty days and you get everything back.", buy: "Buy now",
    faq: [["When do I get it?", "Write when and how."], ["Can I change my mind?", "Yes, for thirty days."]],
  },
};

export type StarterWords = typeof ENGLISH;

const NORWEGIAN: StarterWords = {
  firstName: "Fornavn",
  email: "E-post",
  phone: "Telefon",
  message: "Hva ønsker du hjelp med?",
  news: "Ja, send meg nyheter og tilbud på e-post. Jeg kan trekke dette tilbake når som helst.",
  note: "Vi bruker ikke adressen din til noe annet.",
  thanks: "Takk!",
  faq: "Spørsmål og svar",
  yourWords: "Hva det betyr for leseren, i én setning.",
  guide: {
    heading: "Det du lover, i én setning", text: "Hva de får, og hvorfor det er verdt et minutt av tiden deres.", points: ["Lest på ti minutter", "Gratis"],
    benefits: "Dette lærer du", items: ["Det første", "Det andre", "Det tredje"],
    form: "Få guiden på e-post", submit: "Send meg guiden", thanksText: "Guiden er på vei til innboksen din.",
    faq: [["Hva koster det?", "Ingenting."], ["Hvordan får jeg den?", "På e-post, i løpet av noen minutter."]],
  },
  talk: {
    heading: "En gratis prat om det du trenger", text: "Tjue minutter, et ærlig svar, og du bestemmer hva som skjer etterpå.", points: ["Helt uforpliktende", "Svar innen én virkedag"],
    steps: "Slik går det til", items: ["Du skriver til oss", "Vi ringer deg", "Du får en plan med faste priser"],
    form: "Be om en prat", submit: "Be om en prat", thanksText: "Vi tar kontakt innen én virkedag.",
    voices: "Hva andre sier", quote: "Skriv det en kunde virkelig har sagt.", name: "Navnet på kunden", guarantee: "Ingen forpliktelser", guaranteeText: "Si nei når du vil. Du skylder oss ingenting.",
  },
  sale: {
    heading: "Hva det gjør for kjøperen", text: "Hvem det er for, og hva som blir annerledes etterpå.", button: "Se prisen", points: ["Klart til bruk i dag", "Tretti dager til å ombestemme deg"],
    benefits: "Dette får du", items: ["Det første", "Det andre", "Det tredje"], voices: "Hva andre sier", quote: "Skriv det en kunde virkelig har sagt.", name: "Navnet på kunden",
    guarantee: "Pengene tilbake", guaranteeText: "Ikke det du håpet på? Skriv til oss innen tretti dager, så får du alt tilbake.", buy: "Kjøp nå",
    faq: [["Når får jeg det?", "Skriv når og hvordan."], ["Kan jeg ombestemme meg?", "Ja, i tretti dager."]],
  },
};

export const wordsFor = (locale: string): StarterWords => (["nb", "no", "nn"].includes(locale.split("-")[0] ?? "") ? NORWEGIAN : ENGLISH);
