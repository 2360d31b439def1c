// The API's reference page: sends the request that a form describes and shows the answer as it came.

function address(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  for (const input of form.querySelectorAll("input[data-place]")) {
    if (input.dataset.place === "path") {
      path = path.replace(`{${input.name}}`, encodeURIComponent(input.value.trim()));
    } else if (input.value.trim()) {
      query.append(input.name, input.value.trim());
    }
  }
  return query.size ? `${path}?${query}` : path;
}

async function send(form) {
  const options = { method: form.dataset.method, credentials: "omit", headers: {} };
  const token = document.getElementById("token").value.trim();
  if (token) options.headers.Authorization = `Bearer ${token}`;
  const parts = [...form.querySelectorAll("input[data-part]")].filter((part) => part.value);
  if (parts.length) {
    options.body = new FormData();
    for (const part of parts) options.body.append(part.name, part.files ? part.files[0] : part.value);
  } else if (form.elements.body) {
    options.headers["Content-Type"] = "application/json";
    options.body = form.elements.body.value;
  }
  const response = await fetch(address(form), options);
  const text = await response.text();
  const head = `${response.status} ${response.statusText}`;
  try {
    return `${head}\n\n${JSON.stringify(JSON.parse(text), null, 2)}`;
  } catch {
    return text ? `${head}\n\n${text}` : head;
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest(".api-try");
  if (!form) return;
  event.preventDefault();
  const answer = form.querySelector(".api-answer");
  answer.hidden = false;
  answer.textContent = "Sending…";
  try {
    answer.textContent = await send(form);
  } catch (problem) {
    answer.textContent = `Nothing came back: ${problem.message}`;
  }
});
