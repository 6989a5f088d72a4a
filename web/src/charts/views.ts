// A group of toggle buttons to switch between views, of which one is pressed.

export interface View {
  name: string;
  label: string;
}

export function views(all: readonly View[], show: (name: string) => void): HTMLElement {
  const group = document.createElement("div");
  group.className = "views";
  group.setAttribute("role", "group");
  for (const { name, label } of all) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.dataset["view"] = name;
    button.textContent = label;
    group.append(button);
  }
  choose(group, show);
  return group;
}

/** Make the buttons of a group exclusive; the first is pressed initially. */
export function choose(group: HTMLElement, show: (name: string) => void): void {
  const buttons = [...group.querySelectorAll<HTMLButtonElement>("button[data-view]")];
  const press = (pressed: HTMLButtonElement | undefined): void => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button === pressed));
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      press(button);
      show(button.dataset["view"] ?? "");
    });
  }
  press(buttons[0]);
}
