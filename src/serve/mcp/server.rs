//! The requests of the protocol, each handed to what answers it. A fault in one of them is said, and the next is answered.

use std::sync::Arc;

use rmcp::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CustomRequest, CustomResult, ErrorCode, ErrorData, GetPromptRequestParams,
    GetPromptResponse, GetPromptResult, Implementation, ListPromptsResult, ListResourceTemplatesResult,
    ListResourcesResult, ListToolsResult, PaginatedRequestParams, Prompt, PromptArgument, PromptMessage,
    ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, Resource, ResourceContents, ResourceTemplate,
    Role, ServerCapabilities, ServerConfig,
};
use rmcp::service::{RequestContext, RoleServer};

use super::library::Library;
use super::resources::{self, Name};
use super::tools;
use super::workers::Workers;
use crate::agents::prompts::Step;
use crate::commands::prompt;
use crate::commands::review::options::Stop;
use crate::diag::user_error::told;
use crate::host::disk::Project;
use crate::text::source::nearest;

/// Resources in one answer; more are asked for page by page.
const PAGE: usize = 500;

const MARKDOWN: &str = "text/markdown";

const ABOUT: &str = "A knowledge base of this project: rules for code with the papers and the evidence behind them. Read \
`kbc://rulebook` before writing code, `review` what was written, `explain` a rule to see its evidence.";

/// The methods that there are, for those that are asked in a wrong form.
const METHODS: [&str; 8] = [
    "initialize",
    "prompts/get",
    "prompts/list",
    "resources/list",
    "resources/read",
    "resources/templates/list",
    "tools/call",
    "tools/list",
];

/// Answers for one knowledge base.
pub struct Server {
    library: Arc<Library>,
    workers: Workers,
}

impl Server {
    pub fn new(library: Library, workers: Workers) -> Self {
        Self { library: Arc::new(library), workers }
    }

    /// Asks the library, until the client takes the request back. A panic is told by its hook on standard error, and here to the client.
    async fn ask<T: Send + 'static>(
        &self,
        context: &RequestContext<RoleServer>,
        ask: impl FnOnce(&Library, Stop) -> Result<T, ErrorData> + Send + 'static,
    ) -> Result<T, ErrorData> {
        let library = self.library.clone();
        let stop = Stop::default();
        let given = stop.clone();
        self.workers.work(context.ct.cancelled(), &stop, move || ask(&library, given)).await.unwrap_or_else(|| {
            let message =
                "a fault of kbc, told on its standard error; please report it with the request that led to it";
            Err(ErrorData::internal_error(message, None))
        })
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_resources().enable_prompts().build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("kbc", env!("CARGO_PKG_VERSION")))
            .with_instructions(ABOUT)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::all()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.ask(
            &context,
            move |library, stop| Ok(tools::call(library, &request.name, request.arguments, stop)?.into()),
        )
        .await
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let cursor = request.and_then(|request| request.cursor);
        let from: usize = match cursor.as_deref().map(str::parse) {
            None => 0,
            Some(Ok(from)) => from,
            Some(Err(_)) => {
                let message = "the cursor is none that `resources/list` gave; leave it out to begin";
                return Err(ErrorData::invalid_params(message, None));
            }
        };
        self.ask(&context, move |library, _| {
            let around = Project::at(&library.root);
            let all = resources::all(&*library.now().map_err(refused)?, &around);
            let page = all.iter().skip(from).take(PAGE).map(|entry| {
                let uri = entry.name.to_string();
                let name = uri.trim_start_matches("kbc://").to_owned();
                let resource = Resource::new(uri, name).with_title(&entry.title).with_mime_type(MARKDOWN);
                if entry.about.is_empty() { resource } else { resource.with_description(&entry.about) }
            });
            let mut result = ListResourcesResult::with_all_items(page.collect());
            result.next_cursor = (from.saturating_add(PAGE) < all.len()).then(|| (from + PAGE).to_string());
            Ok(result)
        })
        .await
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let template = |(uri, name, about): (&str, &str, &str)| {
            ResourceTemplate::new(uri, name).with_description(about).with_mime_type(MARKDOWN)
        };
        Ok(ListResourceTemplatesResult::with_all_items(resources::TEMPLATES.map(template).to_vec()))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let uri = request.uri;
        let Some(name) = Name::of(&uri) else {
            let help =
                "there are kbc://rulebook, kbc://roles/NAME, kbc://papers/ID and kbc://papers/ID/sections/ANCHOR";
            return Err(ErrorData::resource_not_found(format!("`{uri}` names nothing here; {help}"), None));
        };
        self.ask(&context, move |library, _| {
            let text = resources::read(&name, &library.root, &*library.now().map_err(refused)?);
            let text = text.map_err(|error| ErrorData::resource_not_found(told(&error), None))?;
            let contents = ResourceContents::text(text, uri).with_mime_type(MARKDOWN);
            Ok(ReadResourceResult::new(vec![contents]).into())
        })
        .await
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let paper = PromptArgument::new("paper")
            .with_description("The id of a paper, there or to be: lower-case words joined by hyphens")
            .with_required(true);
        let prompt = |step: Step| Prompt::new(step.name(), Some(step.about()), Some(vec![paper.clone()]));
        Ok(ListPromptsResult::with_all_items(Step::ALL.map(prompt).to_vec()))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let Some(step) = Step::from_name(&request.name) else {
            let known = Step::ALL.map(Step::name);
            let help = nearest(&request.name, known)
                .map_or(format!("there are {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
            return Err(ErrorData::invalid_params(format!("no prompt is called `{}`; {help}", request.name), None));
        };
        let arguments = request.arguments.unwrap_or_default();
        let Some(paper) = arguments.get("paper").and_then(|paper| paper.as_str()).map(str::to_owned) else {
            let message = format!("the prompt `{}` needs a `paper`, the id of a paper, there or to be", step.name());
            return Err(ErrorData::invalid_params(message, None));
        };
        self.ask(&context, move |library, _| {
            let text = prompt::text(&*library.now().map_err(refused)?, step, &paper);
            let text = text.map_err(|error| ErrorData::invalid_params(told(&error), None))?;
            let message = PromptMessage::new_text(Role::User, text);
            Ok(GetPromptResult::new(vec![message]).with_description(step.about()).into())
        })
        .await
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        let method = request.method;
        if METHODS.contains(&method.as_str()) {
            let message = format!("`{method}` lacks a parameter, or one of them is of another type");
            return Err(ErrorData::invalid_params(message, None));
        }
        let help = nearest(&method, METHODS)
            .map_or_else(|| format!("there are {}", METHODS.join(", ")), |near| format!("did you mean `{near}`?"));
        Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, format!("no method is called `{method}`; {help}"), None))
    }
}

/// The knowledge base could not be read at all.
#[expect(clippy::needless_pass_by_value, reason = "it maps an error that nobody else needs")]
fn refused(error: anyhow::Error) -> ErrorData {
    ErrorData::internal_error(told(&error), None)
}
