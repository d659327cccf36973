import "@xyflow/react/dist/base.css";
import { ActionIcon, Tooltip } from "@mantine/core";
import { useElementSize, useMergedRef } from "@mantine/hooks";
import { IconFocusCentered, IconZoomIn, IconZoomOut } from "@tabler/icons-react";
import { MiniMap, ReactFlow, ReactFlowProvider, useReactFlow, type Node } from "@xyflow/react";
import { useEffect, useMemo, useRef, type Ref } from "react";
import { useTranslation } from "react-i18next";
import classes from "./MapView.module.css";
import { layoutOf, type MapLayout, type Place } from "./layout";
import { MapTable } from "./MapTable";
import { MapContext, type MapActions } from "./context";
import type { MapModel } from "./model";
import { NODE_TYPES } from "./nodes";

interface Props {
  model: MapModel;
  actions: MapActions;
  /** Laid out at its own size, with nothing around it, for a picture or for paper. */
  isSpread: boolean;
  picture: Ref<HTMLDivElement>;
}

/** Below this width the map is one column. */
const NARROW_BELOW = 720;
const ZOOM = { min: 0.3, max: 2, readable: 0.8 };
const MARGIN = 16;
/** The buttons stand beside the map, not on it. */
const GUTTER = 44;
/** What is printed on: A4 lying down, less its margins and the title, in pixels. */
const PAPER = { width: 1047, height: 610 };
const PRO = { hideAttribution: true };

/** The funnel as a map: pan with the wheel or a drag, zoom with Ctrl and the wheel or the buttons. */
export default function MapView(props: Props) {
  return (
    <ReactFlowProvider>
      <Canvas {...props} />
    </ReactFlowProvider>
  );
}

function Canvas({ model, actions, isSpread, picture }: Props) {
  const { t } = useTranslation("map");
  const { ref, width, height } = useElementSize();
  const frame = useMergedRef(ref, picture);
  const isNarrow = width > 0 && width < NARROW_BELOW;
  const counts = model.content.map(({ length }) => length);
  const channels = model.numbers?.channels.length ?? 0;
  const layoutKey = JSON.stringify([channels, counts, isNarrow ? width : null]);
  const layout = useMemo(() => {
    const [channelCount, content, narrowWidth] = JSON.parse(layoutKey) as [number, number[], number | null];
    return layoutOf({ channels: channelCount, content, narrowWidth });
  }, [layoutKey]);
  const nodes = useMemo(() => nodesOf(layout, actions.mayEdit && !isSpread), [layout, actions.mayEdit, isSpread]);
  const context = useMemo(() => ({ model, layout, actions }), [model, layout, actions]);
  const isFixed = isNarrow || isSpread;
  const size = isSpread ? { width: layout.width, height: layout.height } : isNarrow ? { height: layout.height } : {};
  const paper = { "--map-width": `${layout.width}px`, "--map-height": `${layout.height}px`, "--map-fit": Math.min(1, PAPER.width / layout.width, PAPER.height / layout.height) };

  return (
    <MapContext value={context}>
      <figure className={classes["figure"]} aria-label={t("mapLabel")}>
        {/* The browser scrolls what gets the focus into view; the map moves by itself and must not be scrolled. */}
        <div ref={frame} className={classes["canvas"]} style={{ ...size, ...paper }} data-narrow={isNarrow || undefined} data-spread={isSpread || undefined} data-stale={model.isStale || undefined} onScroll={(event) => event.currentTarget.scrollTo(0, 0)}>
          {width > 0 && (
            <ReactFlow nodes={nodes} edges={[]} nodeTypes={NODE_TYPES} proOptions={PRO} minZoom={ZOOM.min} maxZoom={ZOOM.max}
              nodesDraggable={false} nodesConnectable={false} nodesFocusable={false} edgesFocusable={false} elementsSelectable={false} disableKeyboardA11y
              panOnDrag={!isFixed} panOnScroll={!isFixed} zoomOnScroll={false} zoomOnPinch={!isFixed} zoomOnDoubleClick={false} preventScrolling={!isFixed}
              translateExtent={isFixed ? undefined : [[-layout.width / 3, -layout.height / 3], [layout.width * 1.34, layout.height * 1.34]]}>
              <Eye layout={layout} width={width} height={height} isFixed={isFixed} isSpread={isSpread} />
              {!isFixed && <Tools layout={layout} width={width} height={height} />}
            </ReactFlow>
          )}
        </div>
        <MapTable />
      </figure>
    </MapContext>
  );
}

/** What is drawn first lies below: lanes, the streams on them, the cards. */
function nodesOf(layout: MapLayout, mayAdd: boolean): Node[] {
  const lanes = layout.places.filter(({ kind }) => kind === "lane");
  const cards = layout.places.filter(({ kind }) => kind !== "lane" && (kind !== "add" || mayAdd));
  const streams: Node = { id: "streams", type: "streams", position: { x: 0, y: 0 }, width: layout.width, height: layout.height, data: {}, zIndex: 0, draggable: false, selectable: false };
  return [...lanes.map((place) => toNode(place, -1)), streams, ...cards.map((place) => toNode(place, 1))];
}

const toNode = (place: Place, zIndex: number): Node<{ place: Place }> => ({
  id: place.id,
  type: place.kind,
  position: { x: place.x, y: place.y },
  width: place.width,
  height: place.height,
  data: { place },
  zIndex,
  draggable: false,
  selectable: false,
});

/** Where the reader looks at first: all of it where that can be read, else its top, as wide as there is room. */
function lookAt(layout: MapLayout, width: number, height: number) {
  const room = width - 2 * MARGIN - GUTTER;
  const wide = Math.min(1.15, room / layout.width);
  const all = Math.min(wide, (height - 2 * MARGIN) / layout.height);
  const isAll = all >= ZOOM.readable;
  const zoom = isAll ? all : wide;
  return { x: MARGIN + (room - layout.width * zoom) / 2, y: isAll ? (height - layout.height * zoom) / 2 : MARGIN, zoom };
}

/** Keeps the map in view when the window or what it shows changes its size. */
function Eye({ layout, width, height, isFixed, isSpread }: { layout: MapLayout; width: number; height: number; isFixed: boolean; isSpread: boolean }) {
  const flow = useReactFlow();
  const isReady = flow.viewportInitialized;
  const former = useRef<string>("");
  useEffect(() => {
    if (!isReady) return;
    const key = `${layout.isNarrow} ${isSpread} ${Math.round(width / 40)} ${Math.round(height / 40)} ${layout.height}`;
    if (former.current === key) return;
    former.current = key;
    void flow.setViewport(isFixed ? { x: 0, y: 0, zoom: 1 } : lookAt(layout, width, height));
  }, [flow, isReady, layout, width, height, isFixed, isSpread]);
  return null;
}

function Tools({ layout, width, height }: { layout: MapLayout; width: number; height: number }) {
  const { t } = useTranslation("map");
  const flow = useReactFlow();
  const isStill = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const duration = isStill ? 0 : 240;
  const all = () => void flow.setViewport({ ...fitting(layout, width, height) }, { duration });
  const tools = [
    { label: t("zoomIn"), icon: IconZoomIn, run: () => void flow.zoomIn({ duration }) },
    { label: t("zoomOut"), icon: IconZoomOut, run: () => void flow.zoomOut({ duration }) },
    { label: t("showAll"), icon: IconFocusCentered, run: all },
  ];
  return (
    <>
      <div className={classes["tools"]} role="group" aria-label={t("zoom")}>
        {tools.map(({ label, icon: Icon, run }) => (
          <Tooltip key={label} label={label} position="left">
            <ActionIcon aria-label={label} onClick={run}><Icon size={18} stroke={1.5} /></ActionIcon>
          </Tooltip>
        ))}
      </div>
      {lookAt(layout, width, height).zoom * layout.height > height && <Overview />}
    </>
  );
}

/** All of the map in the middle of the view. */
function fitting(layout: MapLayout, width: number, height: number) {
  const room = width - 2 * MARGIN - GUTTER;
  const zoom = Math.max(ZOOM.min, Math.min(1.15, room / layout.width, (height - 2 * MARGIN) / layout.height));
  return { x: MARGIN + (room - layout.width * zoom) / 2, y: (height - layout.height * zoom) / 2, zoom };
}

/** The small map in the corner, when there is more than fits. */
function Overview() {
  const { t } = useTranslation("map");
  return <MiniMap className={classes["minimap"] ?? ""} ariaLabel={t("minimap")} pannable position="bottom-right" style={{ width: 132, height: 108 }} nodeBorderRadius={6} nodeClassName={(node) => classes[`mini-${node.type ?? ""}`] ?? ""} maskColor="var(--mask)" bgColor="var(--ground)" />;
}
