import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { sessionQuery } from "./api/queries";
import { parseCompanies } from "./companies/search";
import { parseContacts, textsOf } from "./contacts/search";
import { parseDeals } from "./deals/search";
import { parseDesign } from "./designs/search";
import { loadTexts } from "./i18n";
import { parseReport } from "./funnels/reportState";
import type { BuilderSearch } from "./insights/ask";
import { parseInsights } from "./insights/search";
import { parseMap } from "./map/search";
import { parseMessages } from "./messages/search";
import { parseOrders } from "./orders/search";
import { parseEditor, parsePages } from "./pages/search";
import type { PeriodSearch } from "./period";
import { parseSettings } from "./settings/search";
import type { TeamSearch } from "./team/search";
import { ErrorScreen } from "./shell/ErrorScreen";
import { NotFound, NotFoundPage } from "./shell/NotFound";

interface Context {
  queries: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: NotFoundPage, errorComponent: ErrorScreen });

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (search): { to?: string } => (typeof search["to"] === "string" ? { to: search["to"] } : {}),
  beforeLoad: async ({ context }) => {
    const session = await context.queries.query(sessionQuery);
    if (session.setup_required) throw redirect({ to: "/setup" });
    if (session.user) throw redirect({ to: "/" });
  },
  loader: () => loadTexts("session"),
  component: lazyRouteComponent(() => import("./session/LoginScreen"), "LoginScreen"),
});

const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  beforeLoad: async ({ context }) => {
    const session = await context.queries.query(sessionQuery);
    if (!session.setup_required) throw redirect({ to: session.user ? "/" : "/login" });
  },
  loader: () => loadTexts("session"),
  component: lazyRouteComponent(() => import("./session/SetupScreen"), "SetupScreen"),
});

/** Everything behind the login; the frame stays while its screens change. */
const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  beforeLoad: async ({ context, location }) => {
    const session = await context.queries.query(sessionQuery);
    if (session.setup_required) throw redirect({ to: "/setup" });
    if (!session.user) throw redirect({ to: "/login", search: location.href === "/" ? {} : { to: location.href } });
  },
  component: lazyRouteComponent(() => import("./shell/Shell"), "Shell"),
  notFoundComponent: NotFound,
  errorComponent: ErrorScreen,
});

/** An insight shows events, properties, and the people behind a number. */
const insightTexts = () => loadTexts("insights", "funnels", "events", "contacts", "timeline");

/** The rule of a segment names fields, events and properties. */
const ruleTexts = ["segments", "records", "contacts", "events", "funnels", "insights", "temperature"];

const home = createRoute({
  getParentRoute: () => app,
  path: "/",
  loader: () => loadTexts("home", "events"),
  component: lazyRouteComponent(() => import("./home/HomeScreen"), "HomeScreen"),
});

const today = createRoute({
  getParentRoute: () => app,
  path: "/today",
  validateSearch: (search): { user?: string } => textsOf(search, "user"),
  loader: () => loadTexts("today", "activities", "deals", "playbooks"),
  component: lazyRouteComponent(() => import("./today/TodayScreen"), "TodayScreen"),
});

const playbooks = createRoute({
  getParentRoute: () => app,
  path: "/playbooks",
  loader: () => loadTexts("playbooks"),
  component: lazyRouteComponent(() => import("./playbooks/PlaybooksScreen"), "PlaybooksScreen"),
});

const playbook = createRoute({
  getParentRoute: () => app,
  path: "/playbooks/$playbookId",
  loader: () => loadTexts("playbooks"),
  component: lazyRouteComponent(() => import("./playbooks/PlaybookScreen"), "PlaybookScreen"),
});

const funnels = createRoute({
  getParentRoute: () => app,
  path: "/funnels",
  validateSearch: parseReport,
  loader: () => loadTexts("funnels", "events", "contacts", "timeline"),
  component: lazyRouteComponent(() => import("./funnels/FunnelReport"), "FunnelReport"),
});

const funnelMap = createRoute({
  getParentRoute: () => app,
  path: "/funnels/map",
  validateSearch: parseMap,
  loader: () => loadTexts("map", "funnels", "events", "home", "messages"),
  component: lazyRouteComponent(() => import("./map/FunnelMapScreen"), "FunnelMapScreen"),
});

const designs = createRoute({
  getParentRoute: () => app,
  path: "/funnels/design",
  loader: () => loadTexts("designs"),
  component: lazyRouteComponent(() => import("./designs/DesignsScreen"), "DesignsScreen"),
});

const newDesign = createRoute({
  getParentRoute: () => app,
  path: "/funnels/design/new",
  loader: () => loadTexts("designs"),
  component: lazyRouteComponent(() => import("./designs/Wizard"), "Wizard"),
});

const design = createRoute({
  getParentRoute: () => app,
  path: "/funnels/design/$funnelId",
  validateSearch: parseDesign,
  loader: () => loadTexts("designs", "events", "offers"),
  component: lazyRouteComponent(() => import("./designs/DesignScreen"), "DesignScreen"),
});

const newInsight = createRoute({
  getParentRoute: () => app,
  path: "/insights/new",
  // The builder reads it: its parser need not be in the first load.
  validateSearch: (search): BuilderSearch => search as unknown as BuilderSearch,
  loader: insightTexts,
  component: lazyRouteComponent(() => import("./insights/NewInsight"), "NewInsight"),
});

const savedInsight = createRoute({
  getParentRoute: () => app,
  path: "/insights/$insightId",
  validateSearch: (search): Partial<BuilderSearch> => search,
  loader: insightTexts,
  component: lazyRouteComponent(() => import("./insights/SavedInsight"), "SavedInsight"),
});

const insights = createRoute({
  getParentRoute: () => app,
  path: "/insights",
  validateSearch: parseInsights,
  loader: () => loadTexts("insights"),
  component: lazyRouteComponent(() => import("./insights/InsightsScreen"), "InsightsScreen"),
});

const team = createRoute({
  getParentRoute: () => app,
  path: "/insights/team",
  // The screen reads it: its parser need not be in the first load.
  validateSearch: (search): TeamSearch => search,
  loader: () => loadTexts("team"),
  component: lazyRouteComponent(() => import("./team/TeamScreen"), "TeamScreen"),
});

const dashboard = createRoute({
  getParentRoute: () => app,
  path: "/insights/dashboards/$dashboardId",
  validateSearch: (search): PeriodSearch => search,
  loader: insightTexts,
  component: lazyRouteComponent(() => import("./insights/boards/DashboardScreen"), "DashboardScreen"),
});

const contacts = createRoute({
  getParentRoute: () => app,
  path: "/contacts",
  validateSearch: parseContacts,
  loader: () => loadTexts("contacts", "records"),
  component: lazyRouteComponent(() => import("./contacts/ContactsScreen"), "ContactsScreen"),
});

const companies = createRoute({
  getParentRoute: () => app,
  path: "/companies",
  validateSearch: parseCompanies,
  loader: () => loadTexts("records", "contacts"),
  component: lazyRouteComponent(() => import("./companies/CompaniesScreen"), "CompaniesScreen"),
});

const company = createRoute({
  getParentRoute: () => app,
  path: "/companies/$companyId",
  loader: () => loadTexts("records", "contacts", "events", "timeline", "deals"),
  component: lazyRouteComponent(() => import("./companies/CompanyScreen"), "CompanyScreen"),
});

const contact = createRoute({
  getParentRoute: () => app,
  path: "/contacts/$contactId",
  loader: () => loadTexts("contacts", "records", "activities", "events", "timeline", "deals", "orders", ...ruleTexts),
  component: lazyRouteComponent(() => import("./contacts/ContactScreen"), "ContactScreen"),
});

const duplicates = createRoute({
  getParentRoute: () => app,
  path: "/contacts/duplicates",
  loader: () => loadTexts("duplicates", "contacts"),
  component: lazyRouteComponent(() => import("./duplicates/DuplicatesScreen"), "DuplicatesScreen"),
});

const segments = createRoute({
  getParentRoute: () => app,
  path: "/contacts/segments",
  loader: () => loadTexts(...ruleTexts),
  component: lazyRouteComponent(() => import("./segments/SegmentsScreen"), "SegmentsScreen"),
});

const newSegment = createRoute({
  getParentRoute: () => app,
  path: "/contacts/segments/new",
  validateSearch: (search): { start?: string } => textsOf(search, "start"),
  loader: () => loadTexts(...ruleTexts),
  component: lazyRouteComponent(() => import("./segments/SegmentScreen"), "NewSegment"),
});

const segment = createRoute({
  getParentRoute: () => app,
  path: "/contacts/segments/$segmentId",
  loader: () => loadTexts(...ruleTexts),
  component: lazyRouteComponent(() => import("./segments/SegmentScreen"), "SegmentScreen"),
});

const imports = createRoute({
  getParentRoute: () => app,
  path: "/imports",
  loader: () => loadTexts("imports"),
  component: lazyRouteComponent(() => import("./imports/ImportsScreen"), "ImportsScreen"),
});

const oneImport = createRoute({
  getParentRoute: () => app,
  path: "/imports/$importId",
  loader: () => loadTexts("imports", "records", "events"),
  component: lazyRouteComponent(() => import("./imports/ImportScreen"), "ImportScreen"),
});

const deals = createRoute({
  getParentRoute: () => app,
  path: "/deals",
  validateSearch: parseDeals,
  loader: () => loadTexts("deals", "records", "team", "activities", "contacts", "events", "playbooks", "timeline"),
  component: lazyRouteComponent(() => import("./deals/DealsScreen"), "DealsScreen"),
});

const pages = createRoute({
  getParentRoute: () => app,
  path: "/pages",
  validateSearch: parsePages,
  loader: () => loadTexts("pages"),
  component: lazyRouteComponent(() => import("./pages/PagesScreen"), "PagesScreen"),
});

const page = createRoute({
  getParentRoute: () => app,
  path: "/pages/$pageId",
  validateSearch: parseEditor,
  loader: () => loadTexts("pages"),
  component: lazyRouteComponent(() => import("./pages/PageEditor"), "PageEditor"),
});

const offers = createRoute({
  getParentRoute: () => app,
  path: "/offers",
  validateSearch: (search): { q?: string } => textsOf(search, "q"),
  loader: () => loadTexts("offers"),
  component: lazyRouteComponent(() => import("./offers/OffersScreen"), "OffersScreen"),
});

const offer = createRoute({
  getParentRoute: () => app,
  path: "/offers/$offerId",
  loader: () => loadTexts("offers"),
  component: lazyRouteComponent(() => import("./offers/OfferScreen"), "OfferScreen"),
});

const orders = createRoute({
  getParentRoute: () => app,
  path: "/orders",
  validateSearch: parseOrders,
  loader: () => loadTexts("orders"),
  component: lazyRouteComponent(() => import("./orders/OrdersScreen"), "OrdersScreen"),
});

const order = createRoute({
  getParentRoute: () => app,
  path: "/orders/$orderId",
  loader: () => loadTexts("orders"),
  component: lazyRouteComponent(() => import("./orders/OrderScreen"), "OrderScreen"),
});

const messages = createRoute({
  getParentRoute: () => app,
  path: "/messages",
  validateSearch: parseMessages,
  loader: () => loadTexts("messages"),
  component: lazyRouteComponent(() => import("./messages/MessagesScreen"), "MessagesScreen"),
});

const settingsStart = createRoute({
  getParentRoute: () => app,
  path: "/settings",
  beforeLoad: () => {
    throw redirect({ to: "/settings/$tab", params: { tab: "company" }, replace: true });
  },
});

const settings = createRoute({
  getParentRoute: () => app,
  path: "/settings/$tab",
  validateSearch: parseSettings,
  beforeLoad: ({ params }) => {
    // The stages were a part of the settings once.
    if (params.tab === "stages") throw redirect({ to: "/funnels/design", replace: true });
  },
  loader: () => loadTexts("settings", "records", "offers", "events", "team"),
  component: lazyRouteComponent(() => import("./settings/SettingsScreen"), "SettingsScreen"),
});

const routeTree = root.addChildren([
  login,
  setup,
  app.addChildren([
    home,
    today,
    playbooks,
    playbook,
    funnels,
    funnelMap,
    designs,
    newDesign,
    design,
    insights,
    newInsight,
    team,
    savedInsight,
    dashboard,
    contact,
    duplicates,
    segments,
    newSegment,
    segment,
    contacts,
    companies,
    company,
    deals,
    pages,
    page,
    offers,
    offer,
    orders,
    order,
    messages,
    imports,
    oneImport,
    settingsStart,
    settings,
  ]),
]);

/** Screens are fetched when a link to them is pointed at, so that opening one feels immediate. */
export function makeRouter(queries: QueryClient) {
  return createRouter({
    routeTree,
    basepath: "/admin",
    context: { queries },
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    defaultNotFoundComponent: NotFound,
    defaultErrorComponent: ErrorScreen,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
